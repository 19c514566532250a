import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openBrowser, openPage } from "./browser.ts";
import { type ServedProgram, serveProgram } from "./served-program.ts";

let browser: Browser;
let slow: ServedProgram;
let troubled: ServedProgram;

beforeAll(async () => {
  [browser, slow, troubled] = await Promise.all([
    openBrowser(),
    serveProgram("test/browser/jobs/slow-step.mjs"),
    serveProgram("test/browser/jobs/in-trouble.mjs"),
  ]);
});

afterAll(async () => {
  await Promise.allSettled([browser?.close(), slow?.end(), troubled?.end()]);
});

/** Opens a page of a job, has `look` look at it, and sees that nothing went wrong in it. */
async function visit(
  program: ServedProgram,
  name: string,
  tab: string,
  look: (page: Page) => Promise<void>,
): Promise<void> {
  const { page, troubles } = await openPage(browser);
  try {
    await page.goto(`${program.url}#/jobs/${await program.job(name)}/${tab}`);
    await look(page);
    expect(troubles).toEqual([]);
  } finally {
    await page.context().close();
  }
}

describe("a backpressured job", () => {
  it("names the step that holds the others back, and shows where it is dammed up", async () => {
    await visit(slow, "slow orders", "graph", async (page) => {
      const finding = page.getByRole("listitem").filter({ hasText: /"credit check.* is what the job waits for/ });
      await finding.waitFor();
      await page
        .getByRole("link", { name: /Source: orders.*backpressured/ })
        .getByText(/\d\d+\s% backpressured/)
        .waitFor();
      await page.locator(".edge.is-dammed").waitFor({ state: "attached" });

      await finding.getByRole("link", { name: "Show the step" }).click();

      await page
        .getByRole("region", { name: /Subtasks of credit check/ })
        .getByRole("cell", { name: "1 of 2" })
        .waitFor();
    });
  });
});

describe("a failing checkpoint", () => {
  it("is named with the step that it waited for", async () => {
    await visit(slow, "slow orders", "graph", async (page) => {
      await page.getByText(/checkpoint \d+ failed: .*credit check/).waitFor();
    });
  });

  it("is shown among the others with its reason, and how far each step had come", async () => {
    await visit(slow, "slow orders", "checkpoints", async (page) => {
      const failed = page
        .getByRole("row")
        .filter({ hasText: /failed: / })
        .first();
      await failed.waitFor();
      await failed.getByRole("link").click();

      await page.getByText(/^It failed: /).waitFor();
      await page.locator(".operators li").filter({ hasText: "credit check" }).getByText("0 of 2 done").waitFor();
    });
  });

  it("that is asked for says in the dialog that it failed, and why", async () => {
    await visit(slow, "slow orders", "graph", async (page) => {
      await page.getByRole("button", { name: "Checkpoint", exact: true }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByRole("button", { name: "Take it" }).click();

      await dialog.getByText(/^It failed: .*1.500.ms/).waitFor();
    });
  });
});

describe("a stuck watermark", () => {
  it("is named with the source that holds it, and since when", async () => {
    await visit(troubled, "sensors", "graph", async (page) => {
      const finding = page.getByText(/"readings per minute.* has not fired .*cellar.* has been silent since/);
      // Ten seconds of silence are nothing to speak of.
      await finding.waitFor({ timeout: 40_000 });
    });
  });
});

describe("a job that fails again and again", () => {
  it("says why it is restarted", async () => {
    await visit(troubled, "poisoned orders", "graph", async (page) => {
      await page
        .getByText(/order \d+ has no customer/)
        .first()
        .waitFor();
    });
  });

  it("shows its exceptions with the line of the program", async () => {
    await visit(troubled, "poisoned orders", "exceptions", async (page) => {
      await page
        .getByText(/order \d+ has no customer/)
        .first()
        .waitFor();

      expect(await page.locator(".place").first().textContent()).toMatch(
        /test\/browser\/jobs\/in-trouble\.mjs:\d+:\d+$/,
      );
      await page
        .getByText(/lines of the stack/)
        .first()
        .click();
      await page.locator("pre .own").first().waitFor();
    });
  });
});

describe("the end of a job", () => {
  it("comes by a stop, which asks first and says where the savepoint is", async () => {
    await visit(troubled, "sensors", "graph", async (page) => {
      await page.getByRole("button", { name: "Stop" }).click();
      const dialog = page.getByRole("dialog", { name: "Stop “sensors”" });
      await dialog.getByRole("button", { name: "Back" }).click();
      await dialog.waitFor({ state: "detached" });
      await page.getByRole("button", { name: "Stop" }).click();
      await dialog.getByLabel("Folder, as a path or URI").fill(`${troubled.folder}/savepoints`);
      await dialog.getByRole("checkbox", { name: /Drain/ }).check();
      await dialog.getByRole("button", { name: "Stop the job" }).click();

      await dialog.getByText(/^The job has stopped. Its savepoint: .*savepoints/).waitFor();
      await dialog.getByRole("button", { name: "Close" }).click();
      await page.getByRole("banner").getByText("finished").waitFor();
      expect(await page.getByRole("button", { name: "Stop" }).count()).toBe(0);
    });
  });

  it("comes by a cancellation, which asks first", async () => {
    const { page, troubles } = await openPage(browser);
    await page.goto(`${slow.url}#/jobs/${await slow.job("slow orders")}/graph`);
    await page.getByRole("button", { name: "Cancel" }).click();
    await page
      .getByRole("dialog", { name: "Cancel “slow orders”" })
      .getByRole("button", { name: "Cancel the job" })
      .click();

    await page.getByText("The job is being cancelled.").waitFor();
    // Its program ends with it, and the page says that it answers no more.
    await page
      .getByText(/The program has not answered since|cancelled/)
      .first()
      .waitFor();
    expect(
      troubles.filter((trouble) => !/ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE/.test(trouble)),
    ).toEqual([]);
    await page.context().close();
  });
});
