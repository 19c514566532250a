import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openBrowser, openPage } from "./browser.ts";
import { installFlinkWebUi, serveInFrontOf } from "./flink-web-ui.mjs";
import { type ServedProgram, serveProgram } from "./served-program.ts";

let browser: Browser;
let program: ServedProgram;
let ui: { readonly url: string; close(): void };
let page: Page;
let troubles: readonly string[];
let places: Readonly<Record<string, string>>;

beforeAll(async () => {
  const folder = installFlinkWebUi();
  [browser, program] = await Promise.all([
    openBrowser(),
    serveProgram("examples/flights/flights.ts", { FLIGHTS_PER_SECOND: "100" }),
  ]);
  ui = await serveInFrontOf(program.url, folder);
  ({ page, troubles } = await openPage(browser));
  const job = await program.job("flights");
  places = { ":job": job, ":vertex": await vertexNamed(job, "with airport"), ":tm": await taskManager() };
}, 200_000);

afterAll(async () => {
  ui?.close();
  await Promise.allSettled([browser?.close(), program?.end()]);
});

async function ask<T>(path: string): Promise<T> {
  return (await (await fetch(`${program.url}${path}`)).json()) as T;
}

async function vertexNamed(job: string, name: string): Promise<string> {
  const { vertices } = await ask<{ vertices: { id: string; name: string }[] }>(`jobs/${job}`);
  return vertices.find((vertex) => vertex.name === name)!.id;
}

async function taskManager(): Promise<string> {
  const { taskmanagers } = await ask<{ taskmanagers: { id: string }[] }>("taskmanagers");
  return encodeURIComponent(taskmanagers[0]!.id);
}

describe("Flink's own web page", () => {
  it.each([
    ["/overview", "flights"],
    ["/job/running", "flights"],
    ["/job/running/:job/overview", "delays of 3 hours"],
    ["/job/running/:job/overview/:vertex/detail", "with airport"],
    ["/job/running/:job/overview/:vertex/subtasks", "RUNNING"],
    ["/job/running/:job/overview/:vertex/watermarks", "2001"],
    ["/job/running/:job/overview/:vertex/backpressure", "OK"],
    ["/job/running/:job/overview/:vertex/accumulators", "Accumulators"],
    ["/job/running/:job/exceptions", "Exception History"],
    // It draws on a canvas, and what is there has to be enough for it not to fail.
    ["/job/running/:job/timeline", "TimeLine"],
    ["/job/running/:job/checkpoints", "Completed"],
    ["/job/running/:job/configuration", "Execution Configuration"],
    ["/task-manager", "Path, ID"],
    ["/task-manager/:tm/metrics", "Memory"],
    ["/job-manager/config", "execution.checkpointing.interval"],
    ["/job-manager/metrics", "Memory"],
  ])("shows a job of ours at %s", async (route, text) => {
    const before = troubles.length;
    const path = route.replaceAll(/:(job|vertex|tm)/g, (name) => places[name]!);

    await page.goto(`${ui.url}#${path}`);
    await page.getByText(text).first().waitFor();

    expect(troubles.slice(before, before + 3)).toEqual([]);
  });
});
