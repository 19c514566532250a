import { describe, expect, it } from "vitest";
import { editDistance, nearestKey } from "./nearest-key.ts";

describe("the nearest key", () => {
  it.each([
    ["", "abc", 3],
    ["abc", "abc", 0],
    ["kitten", "sitting", 3],
    ["intervall", "interval", 1],
  ])("from %j to %j are %d edits", (a, b, edits) => {
    expect(editDistance(a, b)).toBe(edits);
    expect(editDistance(b, a)).toBe(edits);
  });

  it("is the one with fewest edits", () => {
    expect(nearestKey("timout", ["interval", "timeout", "timer"])).toBe("timeout");
  });

  it("is none where all are far", () => {
    expect(nearestKey("timeout", ["interval"])).toBeUndefined();
  });
});
