import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { ENGINE_FOLDERS, PACKAGE_ROOT } from "./package-root.ts";

it("is the folder of this package", () => {
  expect(JSON.parse(readFileSync(join(PACKAGE_ROOT, "package.json"), "utf8")).name).toBe("millrace");
});

it("holds the folders with the engine's code, of which this is a part", () => {
  const here = fileURLToPath(import.meta.url);
  expect(ENGINE_FOLDERS.filter((folder) => here.startsWith(folder))).toHaveLength(1);
  expect(ENGINE_FOLDERS.every((folder) => folder.endsWith("/") && existsSync(folder))).toBe(true);
});
