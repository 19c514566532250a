import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Look, openBrowser, openPage, type WatchedPage } from "./browser.ts";
import { type ServedProgram, serveProgram } from "./served-program.ts";

const PICTURES = fileURLToPath(new URL("../../docs/pictures/", import.meta.url));
/** For the whole of a picture, so that the page it stands on stays quick to read. */
const PICTURE_BYTES_MAX = 200_000;

let browser: Browser;
let program: ServedProgram;
let job: string;

beforeAll(async () => {
  [browser, program] = await Promise.all([
    openBrowser(),
    // 20 000 reports at this rate last for longer than the tests.
    serveProgram("examples/flights/flights.ts", { FLIGHTS_PER_SECOND: "100" }),
  ]);
  job = await program.job("flights");
});

afterAll(async () => {
  await Promise.allSettled([browser?.close(), program?.end()]);
});

/** Opens a page of the job, has `look` look at it, and sees that nothing went wrong in it. */
async function visit(tab: string, look: (page: Page) => Promise<void>, with_: Look = {}): Promise<void> {
  const { page, troubles }: WatchedPage = await openPage(browser, with_);
  try {
    await page.goto(`${program.url}#/${tab === "" ? "" : `jobs/${job}/${tab}`}`);
    await look(page);
    expect(troubles).toEqual([]);
  } finally {
    await page.context().close();
  }
}

describe("the jobs", () => {
  it("are listed, and lead to their graph", async () => {
    await visit("", async (page) => {
      await page.getByRole("link", { name: /flights.*running/ }).click();

      await page.getByRole("heading", { name: "From source to sink" }).waitFor();
      expect(await page.title()).toBe("flights · Millrace");
    });
  });
});

describe("the graph", () => {
  it("has a card for each step, with its rate, its load and its event time", async () => {
    await visit("graph", async (page) => {
      const cards = page.getByRole("list", { name: "Steps of the job" }).getByRole("link");
      await cards.first().waitFor();

      expect(await cards.count()).toBe(5);
      const windows = cards.filter({ hasText: "delays of 3 hours" });
      await windows.getByText(/^\d+(\.\d)?\/s$/).waitFor();
      await windows.getByText(/\d+\s% busy/).waitFor();
      await windows.getByText(/^2001-0\d-\d\d \d\d:\d\d$/).waitFor();
      await cards.filter({ hasText: "Source: airports" }).getByText("finished").waitFor();
      expect(await page.locator(".edge").count()).toBe(4);
    });
  });

  it("shows the subtasks of a step that is chosen by keyboard", async () => {
    await visit("graph", async (page) => {
      await page.getByRole("link", { name: /with airport/ }).focus();
      await page.keyboard.press("Enter");

      const table = page.getByRole("region", { name: /Subtasks of with airport/ });
      await table.getByRole("cell", { name: "2 of 2" }).waitFor();
      expect(await table.getByRole("row").count()).toBe(3);
      await page.getByLabel("Order by").selectOption("busiest");
      await page.getByRole("link", { name: "Close" }).click();
      await table.waitFor({ state: "detached" });
    });
  });

  it("says how many records the sources give, and when the last checkpoint was", async () => {
    await visit("graph", async (page) => {
      const figures = page.locator(".figures");

      await figures.getByText(/^\d+\/s$/).waitFor();
      await figures.getByText(/number \d+, .*kB in/).waitFor();
    });
  });

  it("can be walked through with the tab key, in the order in which it is read", async () => {
    await visit("graph", async (page) => {
      await page.getByRole("link", { name: /quiet airports/ }).waitFor();
      const seen: string[] = [];
      for (let step = 0; step < 30; step++) {
        await page.keyboard.press("Tab");
        seen.push((await page.evaluate<string>("document.activeElement.textContent")).trim());
      }

      const order = ["Millrace", "Checkpoint", "Savepoint", "Stop", "Cancel", "Dark", "Graph", "Checkpoints", "State"];
      expect(seen.slice(0, order.length)).toEqual(order);
      expect(seen.some((text) => text.includes("with airport"))).toBe(true);
    });
  });

  it("explains a word to whoever asks", async () => {
    await visit("graph", async (page) => {
      await page.getByRole("button", { name: "backpressured" }).press("Enter");

      const note = page.getByRole("note").filter({ hasText: "does not keep up" });
      await note.waitFor();
      await page.keyboard.press("Escape");
      await note.waitFor({ state: "hidden" });
    });
  });

  it("is there on a telephone too, without scrolling sideways", async () => {
    await visit(
      "graph",
      async (page) => {
        await page.getByRole("link", { name: /quiet airports/ }).waitFor();

        expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(390);
      },
      { viewport: { width: 390, height: 844 } },
    );
  });

  it("is dark where the browser is, until somebody chooses otherwise", async () => {
    await visit(
      "graph",
      async (page) => {
        const theme = (): Promise<string> => page.evaluate("document.documentElement.dataset.theme");

        expect(await theme()).toBe("dark");
        await page.getByRole("button", { name: "Switch to the light theme" }).click();
        expect(await theme()).toBe("light");
        await page.reload();
        expect(await theme()).toBe("light");
      },
      { colorScheme: "dark" },
    );
  });

  it("says what the engine knows of the job", async () => {
    await visit("graph", async (page) => {
      await page.getByText(/things? to know/).click();

      await page.getByText(/"delays".*exactly.once/i).waitFor();
    });
  });
});

describe("checkpoints", () => {
  it("are taken at the press of a button", async () => {
    await visit("checkpoints", async (page) => {
      await page.getByRole("button", { name: "Checkpoint", exact: true }).click();
      const dialog = page.getByRole("dialog", { name: "Take a checkpoint now" });
      await dialog.getByRole("button", { name: "Take it" }).click();

      await dialog.getByText(/^Checkpoint \d+ is complete: .* in .*ms\.$|^Checkpoint \d+ is complete/).waitFor();
      await dialog.getByRole("button", { name: "Close" }).click();
      await dialog.waitFor({ state: "detached" });
    });
  });

  it("are shown over time: how long, how large, and how long they were held back", async () => {
    await visit("checkpoints", async (page) => {
      await page.getByRole("img", { name: "Duration of each checkpoint by phase" }).waitFor();
      await page.getByRole("img", { name: "Size of each checkpoint" }).waitFor();
      await page.getByRole("img", { name: "Alignment of each checkpoint" }).waitFor();

      expect(await page.locator(".chart canvas").count()).toBe(3);
      await page.locator(".hover-line", { hasText: /ms (async|start|alignment|sync)/ }).waitFor();
    });
  });

  it("are shown one by one, by step and subtask", async () => {
    await visit("checkpoints", async (page) => {
      await page.getByRole("table").getByRole("link").first().click();

      const steps = page.locator(".operators > li");
      await steps.filter({ hasText: "with airport" }).getByText(/kB/).first().waitFor();
      await steps.filter({ hasText: "Source: airports" }).getByText("had finished").waitFor();
      await steps
        .filter({ hasText: "quiet airports: departures" })
        .getByText(/^\d+ keys, /)
        .first()
        .waitFor();
      expect(await page.locator(".operators > li").count()).toBe(5);
    });
  });
});

describe("the state", () => {
  let savepoint: string;

  it("is kept in a savepoint at the press of a button, where one says", async () => {
    await visit("graph", async (page) => {
      await page.getByRole("button", { name: "Savepoint" }).click();
      const dialog = page.getByRole("dialog", { name: "Take a savepoint" });
      await dialog.getByLabel("Folder, as a path or URI").fill(`${program.folder}/savepoints`);
      await dialog.getByRole("button", { name: "Take it" }).click();

      const outcome = await dialog.getByText(/^The savepoint is complete: /).textContent();
      savepoint = outcome!.replace("The savepoint is complete: ", "");
      expect(savepoint).toContain("/savepoints/");
    });
  });

  it("cannot be kept where nothing can be written, and the dialog says why", async () => {
    await visit("graph", async (page) => {
      await page.getByRole("button", { name: "Savepoint" }).click();
      const dialog = page.getByRole("dialog", { name: "Take a savepoint" });
      await dialog.getByLabel("Folder, as a path or URI").fill("nowhere://savepoints");
      await dialog.getByRole("button", { name: "Take it" }).click();

      await dialog.getByText(/^It failed: .*nowhere/).waitFor();
    });
  });

  it("is shown by operator and state, with the largest keys and the values", async () => {
    await visit(`state/${encodeURIComponent(savepoint)}`, async (page) => {
      await page.getByRole("button", { name: /departures/ }).click();

      const values = page.getByRole("region", { name: "quiet airports: departures" });
      await values.getByText("Largest keys").waitFor();
      await values.getByLabel("Find a key").fill("ORD");
      await values.getByRole("button", { name: "Find" }).click();
      await values.getByText(/under ORD$/).waitFor();
      expect(await values.locator(".entries li").first().textContent()).toContain('"ORD"');
    });
  });

  it("has nothing under a key that there is not", async () => {
    await visit(`state/${encodeURIComponent(savepoint)}`, async (page) => {
      await page.getByRole("button", { name: /departures/ }).click();
      await page.getByLabel("Find a key").fill("NOWHERE");
      await page.getByRole("button", { name: "Find" }).click();

      await page.getByText("It has nothing under NOWHERE.").waitFor();
    });
  });

  it("is compared with that of another time", async () => {
    await visit("state", async (page) => {
      await page.getByLabel("Compared with").selectOption(savepoint);

      const difference = page.getByRole("region", { name: /From savepoint \d+ to checkpoint \d+/ });
      await difference.getByText(/added, .* changed/).waitFor();
      await page.getByRole("button", { name: /departures/ }).click();
      await difference.getByRole("button", { name: "All states" }).waitFor();
      expect(await difference.locator(".entries li").count()).toBeGreaterThan(0);
    });
  });
});

describe("what was told to the job", () => {
  it("is shown, and can be searched", async () => {
    await visit("configuration", async (page) => {
      await page.getByText("exactly once").waitFor();
      await page.getByLabel("Find a key").fill("num-retained");

      await page.getByRole("rowheader", { name: "execution.checkpointing.num-retained" }).waitFor();
      expect(await page.locator(".keys tr").count()).toBe(1);
    });
  });
});

describe("exceptions", () => {
  it("are none where nothing has failed", async () => {
    await visit("exceptions", async (page) => {
      await page.getByText("Nothing has failed.").waitFor();
    });
  });
});

describe("the pictures of the documentation", () => {
  it.each([
    ["dashboard.png", "graph", "light"],
    ["dashboard-dark.png", "graph", "dark"],
    ["checkpoints.png", "checkpoints", "light"],
  ] as const)("%s is made, and small", async (name, tab, colorScheme) => {
    await visit(
      tab,
      async (page) => {
        await page
          .locator(tab === "graph" ? ".spark-line" : ".operators li")
          .first()
          .waitFor();
        // The line of the sources grows with each answer, and the charts with each checkpoint.
        await page.waitForTimeout(process.env["MILLRACE_PICTURES"] === undefined ? 0 : 15_000);
        const picture = await page.screenshot({ animations: "disabled", fullPage: tab === "graph" });

        expect(picture.length).toBeGreaterThan(20_000);
        expect(picture.length).toBeLessThan(PICTURE_BYTES_MAX);
        if (process.env["MILLRACE_PICTURES"] === undefined) return;
        mkdirSync(PICTURES, { recursive: true });
        writeFileSync(`${PICTURES}${name}`, picture);
      },
      { colorScheme, viewport: { width: 1180, height: tab === "graph" ? 600 : 900 }, deviceScaleFactor: 1.25 },
    );
  });
});
