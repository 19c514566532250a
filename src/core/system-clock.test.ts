import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { systemClock, systemMonotonicClock } from "./system-clock.ts";

describe("an alarm of the system clock", () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: 1_000 });
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
