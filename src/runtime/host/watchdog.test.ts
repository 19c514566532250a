import { describe, expect, it } from "vitest";
import { ManualClock } from "../../core/manual-clock.ts";
import { beat, watch } from "./watchdog.ts";

function watched(): { clock: ManualClock; stop: () => void; stuck: number[]; callOff: () => void } {
  const clock = new ManualClock();
  const stuck: number[] = [];
  let beats = 0;
  const stop = beat(clock, 1_000, () => beats++);
  const callOff = watch({
    clock,
    beats: () => beats,
    silenceMs: 1_000,
    onStuck: () => stuck.push(clock.nowMs()),
  });
  return { clock, stop, stuck, callOff };
}

describe("a watchdog", () => {
  it("says nothing of a thread that beats", () => {
    const { clock, stuck } = watched();

    clock.advance(60_000);

    expect(stuck).toEqual([]);
  });

  it("says once that a thread has been silent for as long as it may", () => {
    const { clock, stop, stuck } = watched();
    clock.advance(5_000);
    stop();
    clock.advance(60_000);

    expect(stuck).toHaveLength(1);
    expect(stuck[0]).toBeGreaterThanOrEqual(6_000);
    expect(stuck[0]).toBeLessThanOrEqual(6_200);
  });

  it("does not count time in which it stood still itself, as a stopped process does", () => {
    let nowMs = 0;
    let wake = (): void => {};
    const stuck: number[] = [];
    const clock = {
      nowMs: () => nowMs,
      setAlarm: (_atMs: number, next: () => void) => {
        wake = next;
        return () => {};
      },
    };
    watch({ clock, beats: () => 0, silenceMs: 1_000, onStuck: () => stuck.push(nowMs) });

    nowMs = 60_000;
    wake();
    expect(stuck).toEqual([]);

    for (nowMs = 60_100; nowMs <= 61_000; nowMs += 100) wake();
    expect(stuck).toEqual([61_000]);
  });

  it("says nothing once it is called off", () => {
    const { clock, stop, stuck, callOff } = watched();
    stop();
    callOff();
    clock.advance(60_000);

    expect(stuck).toEqual([]);
  });
});
