import { describe, expect, it } from "vitest";
import { dueMs, rollingLimits } from "./rolling-policy.ts";

describe("rolling policy", () => {
  it("closes files of 128 MiB and of one minute by default", () => {
    expect(rollingLimits({})).toEqual({
      bytesMax: 134_217_728,
      ageMsMax: 60_000,
      inactivityMsMax: Number.POSITIVE_INFINITY,
      onCheckpoint: false,
    });
  });

  it.each([
    { policy: { maxAge: 100 }, openedMs: 10, activeMs: 90, due: 110 },
    { policy: { maxAge: 100, inactivity: 5 }, openedMs: 10, activeMs: 90, due: 95 },
    { policy: { maxAge: 100, inactivity: 50 }, openedMs: 10, activeMs: 90, due: 110 },
  ])("has a file due at $due with $policy", ({ policy, openedMs, activeMs, due }) => {
    expect(dueMs(rollingLimits(policy), { openedMs, activeMs })).toBe(due);
  });
});
