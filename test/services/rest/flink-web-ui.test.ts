import { existsSync, readFileSync, statSync } from "node:fs";
import { createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FLINK, ServedJobs } from "./served-jobs.ts";

const PAGES_FOLDER = join(FLINK, "pages/web");
const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
};

let served: ServedJobs;
let pages: Server;
let browser: Browser;
beforeAll(async () => {
  served = await ServedJobs.start();
  pages = await servePages();
  browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
});
afterAll(async () => {
  await browser.close();
  await new Promise((resolve) => pages.close(resolve));
  await served.stop();
});

describe("Flink's real web UI", () => {
  it.each([
    ["overview", /SingleJobApplication\(clicks\)/],
    ["job/running", /clicks/],
    ["job/completed", /Completed Jobs/],
    ["job/running/:job/overview", /Source: clicks/],
    ["job/running/:job/overview/:vertex/detail", /Source: clicks/],
    ["job/running/:job/overview/:vertex/subtasks", /task-manager-0|localhost/],
    ["job/running/:job/overview/:vertex/taskmanagers", /localhost/],
    ["job/running/:job/overview/:vertex/watermarks", /Watermark/],
    ["job/running/:job/overview/:vertex/accumulators", /Accumulators/],
    ["job/running/:job/overview/:vertex/backpressure", /Back Pressure Status|OK/],
    ["job/running/:job/exceptions", /Exception History|Root Exception/],
    ["job/running/:job/timeline", /timeline/i],
    ["job/running/:job/checkpoints", /Checkpoint Counts/],
    ["job/running/:job/configuration", /Execution Configuration/],
    ["task-manager", /task-manager-0/],
    ["task-manager/task-manager-0/metrics", /Memory/],
    ["job-manager/metrics", /JVM|Memory/],
    ["job-manager/config", /execution\.checkpointing\.interval/],
  ])("shows %s without a failed request or an error", async (route, shown) => {
    const jobId = served.jobs[0]!;
    const response = await fetch(`${served.url}/jobs/${jobId}`);
    const { vertices } = (await response.json()) as { vertices: { id: string }[] };
    const page = await browser.newPage();
    const problems: string[] = [];
    page.on("response", (answer) => {
      if (answer.status() >= 400) problems.push(`${answer.status()} ${answer.url()}`);
    });
    page.on("requestfailed", (failed) => problems.push(`${failed.failure()?.errorText} ${failed.url()}`));
    page.on("pageerror", (error) => problems.push(error.message));
    page.on("console", (message) => {
      if (message.type() === "error") problems.push(message.text());
    });
    const { port } = pages.address() as AddressInfo;
    const path = route.replace(":job", jobId).replace(":vertex", vertices[0]!.id);

    await page.goto(`http://127.0.0.1:${port}/#/${path}`);
    // biome-ignore lint/performance/useDomNodeTextContent: of a Playwright locator; only the text that is shown counts.
    await expect.poll(async () => shown.test(await page.locator("body").innerText()), { timeout: 30_000 }).toBe(true);
    await page.waitForLoadState("networkidle");

    expect(problems).toEqual([]);
    await page.close();
  });

  it("cancels a job by its button", async () => {
    const jobId = served.jobs[2]!;
    const page = await browser.newPage();
    const { port } = pages.address() as AddressInfo;

    await page.goto(`http://127.0.0.1:${port}/#/job/running/${jobId}/overview`);
    await page.getByText("Cancel Job").click();
    await page.getByRole("button", { name: /yes|ok/i }).click();

    await expect.poll(() => served.statusOf(jobId), { timeout: 10_000 }).toBe("CANCELED");
    await page.close();
  });
});

/** The pages as Flink's server gives them; whatever is no page is passed on to ours. */
async function servePages(): Promise<Server> {
  const server = createServer((asked, answer) => {
    const path = (asked.url ?? "/").replace(/\?.*/s, "");
    const file = join(PAGES_FOLDER, path === "/" ? "index.html" : path);
    if (existsSync(file) && statSync(file).isFile()) {
      answer.writeHead(200, { "content-type": TYPES[extname(file)] ?? "application/octet-stream" });
      answer.end(readFileSync(file));
      return;
    }
    const { host: _host, origin: _origin, ...headers } = asked.headers;
    const passedOn = request(served.url + asked.url, { method: asked.method, headers }, (response) => {
      answer.writeHead(response.statusCode!, response.headers);
      response.pipe(answer);
    });
    passedOn.on("error", () => answer.destroy());
    asked.pipe(passedOn);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}
