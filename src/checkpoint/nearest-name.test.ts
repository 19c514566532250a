import { describe, expect, it } from "vitest";
import { editDistance, nearestName } from "./nearest-name.ts";

describe("nearest name", () => {
  it.each([
    ["", "", 0],
    ["abc", "abc", 0],
    ["abc", "", 3],
    ["kitten", "sitting", 3],
    ["count", "counts", 1],
  ])("%j is %j with %i changes", (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance);
    expect(editDistance(b, a)).toBe(distance);
  });

  it("finds what is most alike, whatever the case, and nothing where nothing is alike", () => {
    const names = (name: string): string[] => [name];
    expect(nearestName(["x", "count per page"], ["sink", "Counts per page", "count per user"], names)).toBe(
      "Counts per page",
    );
    expect(nearestName(["count per page"], ["sink", "kafka"], names)).toBeUndefined();
    expect(nearestName(["count"], [], names)).toBeUndefined();
  });
});
