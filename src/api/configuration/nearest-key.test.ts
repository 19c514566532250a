import { describe, expect, it } from "vitest";
import { nearestKey } from "./nearest-key.ts";

describe("the nearest key", () => {
  it("is the one with fewest edits", () => {
    expect(nearestKey("timout", ["interval", "timeout", "timer"])).toBe("timeout");
  });

  it("is none where all are far", () => {
    expect(nearestKey("timeout", ["interval"])).toBeUndefined();
  });
});
