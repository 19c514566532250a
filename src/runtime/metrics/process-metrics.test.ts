import { describe, expect, it } from "vitest";
import { ProcessReadings } from "./process-metrics.ts";

describe("the metrics of the process", () => {
  it("give the load since the reading before, in cores", () => {
    let nowMs = 0;
    const readings = new ProcessReadings(() => nowMs);
    const before = process.cpuUsage();
    for (let spent = 0; spent < 20_000; spent = process.cpuUsage(before).user) String(spent);

    nowMs = 1_000;
    const load = readings.read()["Status.JVM.CPU.Load"]!;

    expect(load).toBeGreaterThan(0.015);
    expect(load).toBeLessThan(10);
  });

  it("show a heap that is partly used", () => {
    const metrics = new ProcessReadings().read();

    const used = metrics["Status.JVM.Memory.Heap.Used"]!;
    expect(used).toBeGreaterThan(1_000_000);
    expect(metrics["Status.JVM.Memory.Heap.Max"]).toBeGreaterThan(used);
  });
});
