import { describe, expect, it } from "vitest";
import { editDistance } from "./edit-distance.ts";

describe("the distance of two names", () => {
  it.each([
    ["", "", 0],
    ["abc", "abc", 0],
    ["abc", "", 3],
    ["kitten", "sitting", 3],
    ["count", "counts", 1],
    ["intervall", "interval", 1],
  ])("from %j to %j is %d edits", (a, b, edits) => {
    expect(editDistance(a, b)).toBe(edits);
    expect(editDistance(b, a)).toBe(edits);
  });
});
