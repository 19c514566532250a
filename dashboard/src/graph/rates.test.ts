import { describe, expect, it } from "vitest";
import type { Job } from "../rest/flink.ts";
import { Rates } from "./rates.ts";

function answer(now: number, counters: Readonly<Record<string, readonly [read: number, written: number]>>): Job {
  const vertices = Object.entries(counters).map(([id, [read, written]]) => ({
    id,
    metrics: { "read-records": read, "write-records": written },
  }));
  return { now, vertices } as unknown as Job;
}

describe("the rates of a job's steps", () => {
  it("are what its counters gained in the last five seconds", () => {
    const rates = new Rates();

    expect(rates.add(answer(0, { map: [0, 0] }))).toBeUndefined();
    expect(rates.add(answer(1000, { map: [100, 50] }))?.get("map")).toEqual({ inPerSecond: 100, outPerSecond: 50 });
    rates.add(answer(4000, { map: [400, 200] }));
    expect(rates.add(answer(9000, { map: [5400, 200] }))?.get("map")).toEqual({ inPerSecond: 1000, outPerSecond: 0 });
  });

  it("begin anew where the counters do", () => {
    const rates = new Rates();
    rates.add(answer(0, { map: [1000, 0] }));
    rates.add(answer(1000, { map: [2000, 0] }));

    expect(rates.add(answer(2000, { map: [10, 0] }))).toBeUndefined();
    expect(rates.add(answer(3000, { map: [40, 0] }))?.get("map")?.inPerSecond).toBe(30);
  });

  it("do not come from two answers of the same moment", () => {
    const rates = new Rates();
    rates.add(answer(0, { map: [10, 0] }));

    expect(rates.add(answer(0, { map: [20, 0] }))).toBeUndefined();
  });
});
