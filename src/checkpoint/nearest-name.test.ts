import { describe, expect, it } from "vitest";
import { nearestName } from "./nearest-name.ts";

describe("nearest name", () => {
  it("finds what is most alike, whatever the case, and nothing where nothing is alike", () => {
    const names = (name: string): string[] => [name];
    expect(nearestName(["x", "count per page"], ["sink", "Counts per page", "count per user"], names)).toBe(
      "Counts per page",
    );
    expect(nearestName(["count per page"], ["sink", "kafka"], names)).toBeUndefined();
    expect(nearestName(["count"], [], names)).toBeUndefined();
  });
});
