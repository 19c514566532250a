import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { watchSources } from "./watch-sources.ts";

let folder: string;
let saved: string[];
let end: () => void;
let onSaved: () => void;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "millrace-"));
  saved = [];
  onSaved = () => {};
  writeFileSync(join(folder, "job.ts"), "");
  end = watchSources(folder, (path) => {
    saved.push(relative(folder, path));
    onSaved();
  });
});
afterEach(() => {
  end();
  rmSync(folder, { recursive: true, force: true });
});

/** Does something, and waits until it is noticed as a save of `file`, or of a folder around it that is looked through anew meanwhile. */
function noticed(file: string, act: () => void): Promise<void> {
  saved.length = 0;
  return new Promise((resolve) => {
    onSaved = () => {
      if (saved.some((path) => path === file || file.startsWith(`${path}/`))) resolve();
    };
    act();
  });
}

/** As many editors save: with one event, and under another inode. */
function replace(file: string): void {
  writeFileSync(join(folder, ".new"), "");
  renameSync(join(folder, ".new"), join(folder, file));
}

it("notices every save, also where a new file takes the place of the old one", async () => {
  for (let save = 0; save < 3; save++) await noticed("job.ts", () => replace("job.ts"));
  await noticed("job.ts", () => writeFileSync(join(folder, "job.ts"), "in place"));
});

it("notices sources in folders, new ones and those that take the place of another", async () => {
  for (const file of ["one.ts", "two.ts"]) {
    await noticed("steps", () => {
      mkdirSync(join(folder, "elsewhere/deep"), { recursive: true });
      writeFileSync(join(folder, "elsewhere/deep/split.ts"), "");
      rmSync(join(folder, "steps"), { recursive: true, force: true });
      renameSync(join(folder, "elsewhere"), join(folder, "steps"));
    });
    await noticed(`steps/deep/${file}`, () => replace(`steps/deep/${file}`));
  }
});

it("takes no notice of packages, hidden files and what is no source", async () => {
  // Events of one folder come in their order: what comes before the save of the job has been looked at by then.
  await noticed("job.ts", () => {
    mkdirSync(join(folder, "node_modules"));
    writeFileSync(join(folder, "node_modules/index.js"), "");
    writeFileSync(join(folder, ".hidden.ts"), "");
    writeFileSync(join(folder, "notes.txt"), "");
    replace("job.ts");
  });

  expect(saved).toEqual(["job.ts"]);
});
