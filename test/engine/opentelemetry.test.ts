import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import { StreamExecutionEnvironment, WatermarkStrategy } from "millrace";
import { DataGeneratorSource } from "millrace/connectors/generator";
import { observeWithOpenTelemetry } from "millrace/server";
import { expect, it, vi } from "vitest";

it("OpenTelemetry's own SDK exports what a job counts, with the names and labels that Prometheus sees", async () => {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
  const provider = new MeterProvider({ readers: [reader] });
  observeWithOpenTelemetry(provider.getMeter("millrace"));

  const env = StreamExecutionEnvironment.getExecutionEnvironment();
  const source = new DataGeneratorSource({ ratePerSecond: 1_000, generate: (index) => index });
  env
    .fromSource(source, WatermarkStrategy.noWatermarks<number>(), "numbers")
    .filter(() => false)
    .print();
  const job = await env.executeAsync("counted");

  await vi.waitFor(async () => {
    exporter.reset();
    await provider.forceFlush();
    const metrics = exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics));
    const read = metrics.find(
      ({ descriptor }) => descriptor.name === "flink_taskmanager_job_task_operator_numRecordsOut",
    );
    const point = read?.dataPoints.find(({ attributes }) => attributes["operator_name"] === "Source: numbers");
    expect(point?.value).toBeGreaterThan(0);
    expect(point?.attributes).toMatchObject({ job_name: "counted", subtask_index: "0" });
  }, 120_000);

  await job.cancel();
  await job.result().catch(() => {});
  await provider.shutdown();
});
