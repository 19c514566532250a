import { describe, expect, it } from "vitest";
import { MetricRegistry } from "./metric-registry.ts";

describe("the metrics of an operator", () => {
  it("are read as plain data", () => {
    const registry = new MetricRegistry("count");
    const group = registry.group();
    group.counter("seen").count += 2;
    group.gauge("phase", () => "warm");
    group.meter("hits").markEvent(3);
    group.meter("hits").markEvent();
    group.histogram("size").update(7);

    const { counters, gauges, meters, histograms } = registry.read();

    expect(counters).toEqual({ seen: 2 });
    expect(meters).toEqual({ hits: 4 });
    expect(gauges).toEqual({ phase: "warm" });
    expect(histograms["size"]).toMatchObject({ count: 1, max: 7 });
  });

  it("carry the names of their groups", () => {
    const registry = new MetricRegistry("count");
    registry.group().addGroup("cache").addGroup("first").counter("misses").count++;

    expect(registry.read().counters).toEqual({ "cache.first.misses": 1 });
  });

  it("show a gauge that throws, and go on", () => {
    const registry = new MetricRegistry("count");
    registry.group().gauge("broken", () => {
      throw new Error("not connected");
    });

    expect(registry.read().gauges).toEqual({ broken: "failed: not connected" });
  });

  it("are refused under a name of the engine's, of another kind, or without a name", () => {
    const group = new MetricRegistry("count").group();
    group.counter("seen");

    expect(() => group.counter("numRecordsIn")).toThrow('"count" calls a metric "numRecordsIn", as one of the engine');
    expect(() => group.meter("seen")).toThrow('"count" has a counter "seen" already, and wants a meter of that name');
    expect(() => group.counter("")).toThrow('"count" calls a metric or a group ""');
  });

  it("are bounded, so that names made from data are found before memory ends", () => {
    const group = new MetricRegistry("count").group();
    const registerByKey = (): void => {
      for (let key = 0; key <= 1000; key++) group.counter(`key-${key}`);
    };

    expect(registerByKey).toThrow("under names that do not come from data");
  });
});
