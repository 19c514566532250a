import { describe, expect, it } from "vitest";
import { aggregatedMetrics, metricTexts } from "./metric-answers.ts";

const metrics = { numRecordsIn: 4, watermark: "n/a", isBackPressured: false };

describe("metrics as they are asked for", () => {
  it("are names, and values as text of those that are named and there", () => {
    expect(metricTexts(metrics, undefined)).toEqual([
      { id: "numRecordsIn" },
      { id: "watermark" },
      { id: "isBackPressured" },
    ]);
    expect(metricTexts(metrics, "isBackPressured,nonsense,numRecordsIn")).toEqual([
      { id: "isBackPressured", value: "false" },
      { id: "numRecordsIn", value: "4" },
    ]);
    expect(metricTexts(metrics, "toString,constructor")).toEqual([]);
  });

  it("are reduced to a few numbers over several tasks", () => {
    // As Flink answered for two jobs with 0 and 5 restarts.
    expect(aggregatedMetrics([{ n: 0 }, { n: 5 }], { get: "n" })).toEqual([
      { id: "n", min: 0, max: 5, avg: 2.5, sum: 5, skew: 100 },
    ]);
    const [uptime] = aggregatedMetrics([{ uptime: 1413 }, { uptime: 50431 }], { get: "uptime", agg: "skew" });
    expect(uptime).toEqual({ id: "uptime", skew: expect.closeTo(94.549, 3) });
    expect(aggregatedMetrics([{ n: 7 }, { n: 7 }], { get: "n", agg: "min,skew" })).toEqual([
      { id: "n", min: 7, skew: 0 },
    ]);
  });

  it("leave out what is no number, and name all others where none is asked for", () => {
    expect(aggregatedMetrics([metrics], { get: "watermark,nonsense" })).toEqual([]);
    expect(aggregatedMetrics([metrics, { other: 1 }], {}).map(({ id }) => id)).toEqual([
      "numRecordsIn",
      "isBackPressured",
      "other",
    ]);
  });

  it("are refused where the reduction is not known", () => {
    expect(() => aggregatedMetrics([metrics], { get: "numRecordsIn", agg: "median" })).toThrow("agg=median is none of");
  });
});
