import { describe, expect, it } from "vitest";
import { RestartBackoff } from "./restart-backoff.ts";

const middle = (): number => 0.5;

describe("a restart strategy", () => {
  it("gives up at once where there is none", () => {
    const decision = new RestartBackoff({ kind: "none" }, middle).onFailure(0);
    expect(decision).toMatchObject({ kind: "give-up", isExhausted: false });
    expect(decision.kind === "give-up" && decision.reason).toContain("NoRestartBackoffTimeStrategy");
  });

  it("restarts a fixed number of times", () => {
    const backoff = new RestartBackoff({ kind: "fixed-delay", attempts: 2, delayMs: 100 }, middle);
    expect([0, 1, 2].map((at) => backoff.onFailure(at).kind)).toEqual(["restart", "restart", "give-up"]);
    expect(backoff.onFailure(3)).toMatchObject({ isExhausted: true });
  });

  it("counts failures within an interval only", () => {
    const backoff = new RestartBackoff(
      { kind: "failure-rate", failuresMax: 1, intervalMs: 60_000, delayMs: 10 },
      middle,
    );
    expect(backoff.onFailure(0).kind).toBe("restart");
    expect(backoff.onFailure(60_000).kind).toBe("restart");
    expect(backoff.onFailure(61_000).kind).toBe("give-up");
  });

  it("waits longer after each failure, up to its limit, and starts over after a calm time", () => {
    const settings = { initialMs: 1_000, multiplier: 1.5, maxMs: 60_000, jitter: 0.1, resetAfterMs: 3_600_000 };
    const backoff = new RestartBackoff(
      { kind: "exponential-delay", ...settings, attemptsMax: Number.POSITIVE_INFINITY },
      middle,
    );
    const delays = Array.from({ length: 14 }, (_, index) => backoff.onFailure(index * 100));
    expect(delays.slice(0, 3)).toEqual([1_000, 1_500, 2_250].map((delayMs) => ({ kind: "restart", delayMs })));
    expect(delays.at(-1)).toEqual({ kind: "restart", delayMs: 60_000 });
    expect(backoff.onFailure(4_000_000)).toEqual({ kind: "restart", delayMs: 1_000 });
  });

  it("moves the delay by chance within its jitter", () => {
    const settings = { initialMs: 1_000, multiplier: 1.5, maxMs: 60_000, jitter: 0.1, resetAfterMs: 1, attemptsMax: 9 };
    const delay = (random: number): unknown =>
      new RestartBackoff({ kind: "exponential-delay", ...settings }, () => random).onFailure(0);
    expect(delay(0)).toEqual({ kind: "restart", delayMs: 900 });
    expect(delay(0.999999)).toEqual({ kind: "restart", delayMs: 1_100 });
  });
});
