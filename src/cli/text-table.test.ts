import { expect, it } from "vitest";
import { textTable } from "./text-table.ts";

it("puts cells in columns, figures at the right", () => {
  const rows = [
    ["counts", "7"],
    ["x", "1200"],
    ["", ""],
  ];

  expect(textTable(["STATE", "KEYS"], rows, new Set(["KEYS"]))).toBe(
    ["STATE   KEYS", "counts     7", "x       1200", ""].join("\n"),
  );
});
