import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";

/** How a page is looked at; default: light, on a large screen. */
export type Look = Pick<BrowserContextOptions, "colorScheme" | "viewport" | "deviceScaleFactor">;

/** Flags without which Chromium asks for servers that a test has no use for. */
const QUIET = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export async function openBrowser(): Promise<Browser> {
  return await chromium.launch({ executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium", args: QUIET });
}

/** A page, and everything that went wrong in it. */
export interface WatchedPage {
  readonly page: Page;
  /** Errors and warnings on the console, exceptions, failed requests and answers from 400 on. */
  readonly troubles: readonly string[];
}

export async function openPage(browser: Browser, look: Look = {}): Promise<WatchedPage> {
  const context = await browser.newContext({ viewport: { width: 1360, height: 900 }, ...look });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const troubles: string[] = [];
  const note = (trouble: string): unknown => troubles.push(trouble.slice(0, 400));
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) note(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => note(`exception: ${error.stack ?? error.message}`));
  page.on("requestfailed", (request) => {
    const reason = request.failure()?.errorText ?? "";
    // The page itself gives up what it has no use for any more.
    if (reason !== "net::ERR_ABORTED") note(`${request.method()} ${request.url()}: ${reason}`);
  });
  page.on("response", (response) => {
    if (response.status() >= 400) note(`${response.status()} ${response.request().method()} ${response.url()}`);
  });
  return { page, troubles };
}
