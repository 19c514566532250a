import { describe, expect, it } from "vitest";
import { ManualClock } from "./manual-clock.ts";

describe("manual clock", () => {
  it("rings alarms in order of time, each at its own time", () => {
    const clock = new ManualClock(100);
    const rang: [string, number][] = [];
    clock.setAlarm(130, () => rang.push(["b", clock.nowMs()]));
    clock.setAlarm(110, () => rang.push(["a", clock.nowMs()]));
    clock.setAlarm(130, () => rang.push(["c", clock.nowMs()]));
    clock.setAlarm(151, () => rang.push(["later", clock.nowMs()]));

    clock.advance(50);

    expect(rang).toEqual([
      ["a", 110],
      ["b", 130],
      ["c", 130],
    ]);
    expect(clock.nowMs()).toBe(150);
    expect(clock.nextAlarmMs).toBe(151);
  });

  it("rings an alarm that another alarm has set, in the same advance", () => {
    const clock = new ManualClock();
    const times: number[] = [];
    const again = (): void => {
      times.push(clock.nowMs());
      clock.setAlarm(clock.nowMs() + 10, again);
    };
    clock.setAlarm(10, again);

    clock.advance(35);

    expect(times).toEqual([10, 20, 30]);
  });

  it("rings an alarm in the past as soon as time is looked at, and never moves back for it", () => {
    const clock = new ManualClock(100);
    const times: number[] = [];
    clock.setAlarm(5, () => times.push(clock.nowMs()));

    clock.advance(0);

    expect(times).toEqual([100]);
  });

  it("does not ring what was called off", () => {
    const clock = new ManualClock();
    let rang = 0;
    const callOff = clock.setAlarm(10, () => rang++);
    callOff();
    callOff();

    clock.advance(20);

    expect(rang).toBe(0);
    expect(clock.alarmCount).toBe(0);
  });
});
