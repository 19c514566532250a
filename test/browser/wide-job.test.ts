import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openBrowser, openPage } from "./browser.ts";
import { standIn } from "./stand-in.mjs";

const SUBTASKS = 1000;
/** More elements than these make a page slow, whatever they are. */
const ELEMENTS_MAX = 1500;

let browser: Browser;
let server: { readonly url: string; readonly job: string; close(): void };

beforeAll(async () => {
  [browser, server] = await Promise.all([openBrowser(), standIn({ parallelism: SUBTASKS / 4 })]);
});

afterAll(async () => {
  server?.close();
  await browser?.close();
});

describe("a job of 1,000 subtasks", () => {
  it("is drawn with few elements, and its subtasks can be scrolled through", async () => {
    const { page, troubles } = await openPage(browser);
    await page.goto(`${server.url}#/jobs/${server.job}/graph`);
    await page.getByRole("link", { name: /^orders per customer/ }).click();
    const table = page.getByRole("region", { name: "Subtasks of orders per customer" });
    await table.getByRole("cell", { name: "1 of 250", exact: true }).waitFor();

    expect(await page.evaluate("document.querySelectorAll('*').length")).toBeLessThan(ELEMENTS_MAX);
    await table.evaluate((element) => element.scrollTo(0, element.scrollHeight));
    await table.getByRole("cell", { name: "250 of 250" }).waitFor();
    expect(await page.evaluate("document.querySelectorAll('*').length")).toBeLessThan(ELEMENTS_MAX);
    expect(troubles).toEqual([]);
    await page.context().close();
  });

  it("shows the one that is in trouble, first where it is asked for", async () => {
    const { page, troubles } = await openPage(browser);
    await page.goto(`${server.url}#/jobs/${server.job}/graph`);
    await page.getByRole("link", { name: /^totals: Writer/ }).click();
    const table = page.getByRole("region", { name: /^Subtasks of totals/ });
    await table.getByRole("cell", { name: "1 of 250", exact: true }).waitFor();
    await page.getByLabel("Order by").selectOption("busiest");

    // Every 97th is busier than the others, beginning with the 14th.
    const first = await table.locator("tbody tr:not(.gap) td").first().textContent();
    expect(["14 of 250", "111 of 250", "208 of 250"]).toContain(first);
    expect(troubles).toEqual([]);
    await page.context().close();
  });
});
