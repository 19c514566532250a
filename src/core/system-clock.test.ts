import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Clock } from "./clock.ts";
import { createSystemClock, systemMonotonicClock } from "./system-clock.ts";

describe("an alarm of the system clock", () => {
  let systemClock: Clock;
  beforeEach(() => {
    vi.useFakeTimers({ now: 1_000 });
    systemClock = createSystemClock();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("rings once, at its time", () => {
    const wake = vi.fn();

    systemClock.setAlarm(1_050, wake);

    vi.advanceTimersByTime(49);
    expect(wake).not.toHaveBeenCalled();
    vi.advanceTimersByTime(100_000);
    expect(wake).toHaveBeenCalledTimes(1);
  });

  it("does not ring before its time by the clock, although the timeout comes early", () => {
    const times: number[] = [];
    systemClock.setAlarm(1_050, () => times.push(systemClock.nowMs()));

    // The timeout's clock is a millisecond ahead.
    vi.setSystemTime(999);
    vi.advanceTimersByTime(50);
    expect(times).toEqual([]);

    vi.advanceTimersByTime(1);
    expect(times).toEqual([1_050]);
  });

  it("rings at a time further away than a timeout can be", () => {
    const wake = vi.fn();
    const farMs = 1_000 + 3 * 2 ** 31;

    systemClock.setAlarm(farMs, wake);

    vi.advanceTimersByTime(3 * 2 ** 31 - 1);
    expect(wake).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(wake).toHaveBeenCalledTimes(1);
  });

  it("can be called off", () => {
    const wake = vi.fn();

    const callOff = systemClock.setAlarm(1_050, wake);
    callOff();

    vi.advanceTimersByTime(1_000);
    expect(wake).not.toHaveBeenCalled();
  });
});

describe("the system clock", () => {
  let systemClock: Clock;
  beforeEach(() => {
    vi.useFakeTimers({ now: 2_000_000_000_000 });
    systemClock = createSystemClock();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("goes on when the machine's clock is set back, and agrees with it again in the end", () => {
    const startMs = systemClock.nowMs();
    vi.setSystemTime(startMs - 10_000);

    expect(systemClock.nowMs()).toBe(startMs);
    vi.advanceTimersByTime(1_000);
    expect(systemClock.nowMs()).toBe(startMs + 900);
    vi.advanceTimersByTime(100_000);
    expect(systemClock.nowMs()).toBe(Date.now());
  });

  it("follows at once when the machine's clock is set ahead", () => {
    const startMs = systemClock.nowMs();
    vi.setSystemTime(startMs + 3_600_000);

    expect(systemClock.nowMs()).toBe(startMs + 3_600_000);
  });

  it("wakes whoever waits within little more than twice the time, however far the machine's clock is set back", () => {
    const startMs = systemClock.nowMs();
    const wake = vi.fn();
    systemClock.setAlarm(startMs + 1_000, wake);

    vi.setSystemTime(startMs - 3_600_000);
    vi.advanceTimersByTime(999);
    expect(wake).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1_200);

    expect(wake).toHaveBeenCalledTimes(1);
  });
});

describe("the monotonic clock", () => {
  it("goes on when the machine's clock is set", () => {
    vi.useFakeTimers({ now: 1_000_000, toFake: ["Date", "setTimeout", "clearTimeout", "hrtime"] });
    try {
      const wake = vi.fn();
      const startMs = systemMonotonicClock.nowMs();
      systemMonotonicClock.setAlarm(startMs + 100, wake);
      vi.setSystemTime(0);

      vi.advanceTimersByTime(99);
      expect(wake).not.toHaveBeenCalled();
      vi.advanceTimersByTime(2);

      expect(wake).toHaveBeenCalledTimes(1);
      expect(systemMonotonicClock.nowMs() - startMs).toBeCloseTo(101);
    } finally {
      vi.useRealTimers();
    }
  });
});
