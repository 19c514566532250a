import { hostname } from "node:os";
import { Gauge, Registry } from "prom-client";
import type { JobDetails } from "../runtime/job-details.ts";
import { jobMetrics } from "../runtime/metrics/job-metrics.ts";
import type { ProcessMetrics } from "../runtime/metrics/process-metrics.ts";
import type { OperatorMetricValues, TaskMetrics } from "../runtime/metrics/task-metrics.ts";
import type { MetricValue } from "../runtime/metrics/task-reading.ts";
import type { RunningJob } from "../runtime/running-job.ts";
import { taskManagerId } from "./task-managers.ts";

/** Parts of a histogram that Flink's reporter shows as quantiles of one summary. */
const QUANTILES: Readonly<Record<string, string>> = {
  median: "0.5",
  p75: "0.75",
  p90: "0.9",
  p95: "0.95",
  p98: "0.98",
  p99: "0.99",
  p999: "0.999",
};

type Labels = Readonly<Record<string, string>>;

export interface Sample {
  readonly labels: Labels;
  readonly value: number;
}

/** The type of what `prometheusText` gives. */
export const PROMETHEUS_CONTENT_TYPE: string = new Registry().contentType;

/** What jobs and their process last showed, as Prometheus reads it, under the names and labels of Flink's own reporter. */
export function prometheusText(
  jobs: readonly RunningJob[],
  process: ProcessMetrics,
  nowMs: number,
  hostName?: string,
): Promise<string> {
  const registry = new Registry();
  for (const [name, samples] of metricSamples(jobs, process, nowMs, hostName)) {
    const labelNames = [...new Set(samples.flatMap(({ labels }) => Object.keys(labels)))];
    const gauge = new Gauge({ name, help: name, labelNames, registers: [registry] });
    for (const { labels, value } of samples) gauge.set(labels, value);
  }
  return registry.metrics();
}

/** The same as data, by metric. */
export function metricSamples(
  jobs: readonly RunningJob[],
  process: ProcessMetrics,
  nowMs: number,
  hostName: string = hostname(),
): ReadonlyMap<string, readonly Sample[]> {
  const page = new Page();
  const host = { host: hostName };
  for (const [name, value] of Object.entries(process)) page.add(`flink_jobmanager_${name}`, host, value);
  page.add("flink_jobmanager_numRunningJobs", host, jobs.filter((job) => job.status() === "RUNNING").length);
  for (const job of jobs) {
    const labels = { ...host, job_id: job.jobId, job_name: job.jobName };
    const details = job.details();
    for (const [name, value] of Object.entries(jobMetrics(details, job.checkpoints(), nowMs)))
      page.add(`flink_jobmanager_job_${name}`, labels, value);
    for (const task of job.taskMetrics()) addTask(page, { ...labels, ...taskLabels(task, details) }, task);
  }
  return page.samples;
}

function taskLabels(task: TaskMetrics, { vertices }: JobDetails): Labels {
  const subtask = vertices.find(({ id }) => id === task.vertexId)?.subtasks[task.subtaskIndex];
  return {
    tm_id: taskManagerId(subtask?.taskManager ?? 0),
    task_id: task.vertexId,
    task_name: task.taskName,
    task_attempt_num: String(task.attempt),
    subtask_index: String(task.subtaskIndex),
  };
}

function addTask(page: Page, labels: Labels, { metrics, operators }: TaskMetrics): void {
  for (const [name, value] of Object.entries(metrics)) page.add(`flink_taskmanager_job_task_${name}`, labels, value);
  for (const operator of operators) {
    const operatorLabels = { ...labels, operator_id: operator.operatorId, operator_name: operator.operatorName };
    addOperator(page, operatorLabels, operator);
  }
}

function addOperator(page: Page, labels: Labels, { metrics, histograms }: OperatorMetricValues): void {
  for (const [name, value] of Object.entries(metrics)) {
    const histogram = histograms.find((one) => name.startsWith(`${one}_`));
    const quantile = histogram && QUANTILES[name.slice(histogram.length + 1)];
    const metric = `flink_taskmanager_job_task_operator_${quantile === undefined ? name : histogram}`;
    page.add(metric, quantile === undefined ? labels : { ...labels, quantile }, value);
  }
}

/** The samples of one answer, by metric. */
class Page {
  readonly samples = new Map<string, Sample[]>();

  /** Texts are left out: Prometheus knows numbers only. */
  add(name: string, labels: Labels, value: MetricValue): void {
    if (typeof value === "string") return;
    const metric = name.replaceAll(/[^a-zA-Z0-9_]/g, "_");
    const samples = this.samples.get(metric);
    const sample = { labels, value: Number(value) };
    if (samples === undefined) this.samples.set(metric, [sample]);
    else samples.push(sample);
  }
}
