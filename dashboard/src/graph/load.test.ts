import { describe, expect, it } from "vitest";
import { backpressureLevel, type Load, loadOf, mean, strip, worst } from "./load.ts";

const load = (busy: number, backpressured = 0): Load => ({ busy, backpressured });

describe("the load of a step's subtasks", () => {
  it("is shown one by one where they fit", () => {
    const loads = [load(0.1), load(0.9)];

    expect(strip(loads, 2)).toEqual(loads);
  });

  it("is that of the hardest pressed of its neighbours where they do not", () => {
    const loads = Array.from({ length: 1000 }, (_, index) => load(index === 777 ? 1 : 0.2));

    const columns = strip(loads, 40);

    expect(columns).toHaveLength(40);
    expect(columns.map(({ busy }) => busy).filter((busy) => busy === 1)).toHaveLength(1);
    expect(columns[Math.floor(777 / 25)]).toEqual(load(1));
  });

  it("has a mean and a worst, also without any subtask", () => {
    expect(mean([load(0.2, 0.4), load(0.6, 0)])).toEqual(load(0.4, 0.2));
    expect(worst([load(0.2, 0.4), load(0.5, 0)])).toEqual(load(0.2, 0.4));
    expect([mean([]), worst([])]).toEqual([load(0), load(0)]);
  });

  it("is a share, whatever was measured", () => {
    expect(loadOf({ subtask: 0, ratio: 1.2, idleRatio: 0, busyRatio: Number.NaN })).toEqual(load(0, 1));
  });

  it("has Flink's thresholds of backpressure", () => {
    expect([0.1, 0.11, 0.5, 0.51].map((share) => backpressureLevel(load(0, share)))).toEqual([
      "ok",
      "low",
      "low",
      "high",
    ]);
  });
});
