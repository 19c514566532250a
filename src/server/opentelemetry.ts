import type { Clock } from "../core/clock.ts";
import { systemClock } from "../core/system-clock.ts";
import { isTerminal } from "../runtime/job-manager/job-status.ts";
import { onJobs } from "../runtime/jobs-of-process.ts";
import { ProcessReadings } from "../runtime/metrics/process-metrics.ts";
import type { RunningJob } from "../runtime/running-job.ts";
import { metricSamples, type Sample } from "./prometheus.ts";

interface GaugeObserver {
  observe(value: number, attributes: Record<string, string>): void;
}

/** What is needed of a meter of `@opentelemetry/api`. */
export interface OpenTelemetryMeter {
  createObservableGauge(name: string): {
    addCallback(callback: (observer: GaugeObserver) => void | Promise<void>): void;
  };
}

/** Counts the jobs, and is what makes the others known: it is the first one to be read. */
const JOBS_GAUGE = "flink_jobmanager_numRunningJobs";

/**
 * Shows the metrics of all jobs of this process, those to come included, to OpenTelemetry: each under the name, and with the attributes,
 * that it has for Prometheus. A metric that appears while a job runs is part of the export after the next.
 *
 * @param meter - Of the program's own OpenTelemetry set-up, which says where metrics go and how often.
 *
 * @example
 * import { metrics } from "@opentelemetry/api";
 * observeWithOpenTelemetry(metrics.getMeter("millrace"));
 */
export function observeWithOpenTelemetry(
  meter: OpenTelemetryMeter,
  { jobs, clock = systemClock }: { readonly jobs?: readonly RunningJob[]; readonly clock?: Clock } = {},
): void {
  const shown = new Set(jobs);
  if (jobs === undefined) onJobs((job) => shown.add(job));
  const process = new ProcessReadings();
  let samples: ReadonlyMap<string, readonly Sample[]> = new Map();
  const known = new Set<string>();
  const show = (name: string, before: () => Promise<void> = async () => {}): void => {
    known.add(name);
    meter.createObservableGauge(name).addCallback(async (observer) => {
      await before();
      for (const { labels, value } of samples.get(name) ?? []) observer.observe(value, { ...labels });
    });
  };
  show(JOBS_GAUGE, async () => {
    for (const job of shown) if (isTerminal(job.status())) shown.delete(job);
    await Promise.all([...shown].map((job) => job.freshMetrics()));
    samples = metricSamples([...shown], process.read(), clock.nowMs());
    for (const name of samples.keys()) if (!known.has(name)) show(name);
  });
}
