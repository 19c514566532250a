import { describe, expect, it } from "vitest";
import { splitsOf } from "./file-split.ts";

function ranges(uri: string, length: number, splitBytes: number): [number, number | null][] {
  return splitsOf({ uri, length }, splitBytes).map(({ start, end }) => [start, end]);
}

describe("splitsOf", () => {
  it("cuts a file in ranges, the last of which goes to its end", () => {
    expect(ranges("a.txt", 250, 100)).toEqual([
      [0, 100],
      [100, 200],
      [200, null],
    ]);
    expect(ranges("a.txt", 100, 100)).toEqual([[0, null]]);
    expect(ranges("a.txt", 0, 100)).toEqual([[0, null]]);
  });

  it("leaves a gzip file whole, and any file that may not be cut", () => {
    expect(ranges("a.txt.gz", 250, 100)).toEqual([[0, null]]);
    expect(ranges("a.csv", 250, Number.POSITIVE_INFINITY)).toEqual([[0, null]]);
  });

  it("gives each split an id of its own", () => {
    const ids = splitsOf({ uri: "a.txt", length: 250 }, 100).map((split) => split.splitId);

    expect(ids).toEqual(["a.txt#0", "a.txt#100", "a.txt#200"]);
  });
});
