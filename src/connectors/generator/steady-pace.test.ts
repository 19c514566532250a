import { describe, expect, it } from "vitest";
import { SteadyPace } from "./steady-pace.ts";

describe("SteadyPace", () => {
  it("has record k due at k / rate", () => {
    const pace = new SteadyPace(0.01, 1000);
    expect(pace.due(1000)).toBe(1);
    pace.emitted(1);
    expect(pace.due(1099)).toBe(0);
    expect(pace.nextMs()).toBe(1100);
    expect(pace.due(1100)).toBe(1);
    expect(pace.due(1250)).toBe(2);
  });

  it("does not drift at a rate that milliseconds cannot express", () => {
    const pace = new SteadyPace(3 / 1000, 0);
    let count = 0;

    for (let nowMs = pace.nextMs(); nowMs <= 60_000; nowMs = pace.nextMs()) {
      const due = pace.due(nowMs);
      expect(due).toBe(1);
      pace.emitted(due);
      count++;
    }

    expect(count).toBe(181);
  });

  it("makes up for at most a second and then keeps the rate again", () => {
    const pace = new SteadyPace(0.1, 0);
    expect(pace.due(3_600_000)).toBe(100);
    pace.emitted(100);

    expect(pace.due(3_600_000)).toBe(0);
    expect(pace.nextMs()).toBe(3_600_010);
  });

  it("lets a rate below one per second catch up by one record", () => {
    const pace = new SteadyPace(0.0001, 0);

    expect(pace.due(3_600_000)).toBe(1);
  });
});
