import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { leaveLocalFolder, localFolder } from "./local-folder.ts";

let directory = "";
afterEach(() => rmSync(directory, { recursive: true }));

it("is the process's own, and what processes that are gone have left is removed", () => {
  directory = mkdtempSync(join(tmpdir(), "millrace-"));
  const parent = join(directory, "millrace-rocksdb");
  // No process has an id this high, and of other hosts nothing is known.
  for (const name of [`${hostname()}-99999999`, `${hostname()}-1`, "elsewhere-99999999", "notes"]) {
    mkdirSync(join(parent, name, "db"), { recursive: true });
  }
  const folder = localFolder(directory);

  expect(existsSync(folder)).toBe(true);
  expect(readdirSync(parent).sort()).toEqual(
    [`${hostname()}-1`, `${hostname()}-${process.pid}`, "elsewhere-99999999", "notes"].sort(),
  );
  mkdirSync(join(folder, "a"));
  leaveLocalFolder(folder);
  expect(existsSync(folder)).toBe(true);
  rmSync(join(folder, "a"), { recursive: true });
  leaveLocalFolder(folder);
  expect(existsSync(folder)).toBe(false);
});
