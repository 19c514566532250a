import { describe, expect, it } from "vitest";
import { ManualClock } from "../../core/manual-clock.ts";
import { StepPace } from "./step-pace.ts";

/** Amounts of some steps in a row, of work that takes `msOf` one. */
function amounts(pace: StepPace, clock: ManualClock, steps: number, msOf: number, worked = true): number[] {
  return Array.from({ length: steps }, () => {
    let done = 0;
    const result = pace.step(500, (amount) => {
      done = amount;
      clock.advance(amount * msOf);
      return worked;
    });
    expect(result).toBe(worked);
    return done;
  });
}

describe("the pace of a step", () => {
  it("is as fast as asked for while that takes no longer than it may", () => {
    const clock = new ManualClock();
    expect(amounts(new StepPace(clock, 2), clock, 3, 0.004)).toEqual([500, 500, 500]);
  });

  it("falls at once to what fits, down to one, and doubles again where there is time to spare", () => {
    const clock = new ManualClock();
    const pace = new StepPace(clock, 2);
    expect(amounts(pace, clock, 3, 0.02)).toEqual([500, 100, 100]);
    expect(amounts(pace, clock, 3, 50)).toEqual([100, 1, 1]);
    expect(amounts(pace, clock, 11, 0)).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 500, 500]);
  });

  it("does not rise while there is nothing to do", () => {
    const clock = new ManualClock();
    const pace = new StepPace(clock, 2);
    amounts(pace, clock, 1, 0.02);
    expect(amounts(pace, clock, 2, 0, false)).toEqual([100, 100]);
  });
});
