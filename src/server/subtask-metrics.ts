import type { JobDetails, SubtaskDetails, VertexDetails } from "../runtime/job-details.ts";
import type { OperatorMetrics } from "../runtime/messages.ts";
import type { RunningJob } from "../runtime/running-job.ts";

export type MetricValue = number | string | boolean;

/** The metrics of one subtask by Flink's names, those of its operators behind their scope: `Source__orders.numRecordsOut`. */
export type SubtaskMetrics = Readonly<Record<string, MetricValue>>;

/** The metrics of a job's subtasks as last reported. Asking has the tasks report anew, for the next one who asks. */
export class JobMetrics {
  readonly #byOperator: ReadonlyMap<string, OperatorMetrics>;

  constructor(job: RunningJob) {
    job.requestMetrics();
    this.#byOperator = new Map(job.metrics().map((one) => [`${one.operatorId}:${one.subtaskIndex}`, one]));
  }

  of({ chain, inputs }: VertexDetails, { subtaskIndex }: SubtaskDetails): SubtaskMetrics {
    const operators = chain.flatMap(({ operatorId }) => this.#byOperator.get(`${operatorId}:${subtaskIndex}`) ?? []);
    const [head] = operators;
    const metrics: Record<string, MetricValue> = {
      numRecordsIn: inputs.length === 0 ? 0 : (head?.counters["numRecordsIn"] ?? 0),
      numRecordsOut: operators.at(-1)?.counters["numRecordsOut"] ?? 0,
      numBytesIn: 0,
      numBytesOut: 0,
      numRecordsInPerSecond: 0,
      numRecordsOutPerSecond: 0,
      busyTimeMsPerSecond: 0,
      idleTimeMsPerSecond: 0,
      backPressuredTimeMsPerSecond: 0,
      accumulateBusyTimeMs: 0,
      accumulateIdleTimeMs: 0,
      accumulateBackPressuredTimeMs: 0,
      ...(inputs.length > 0 && head !== undefined && { currentInputWatermark: head.watermarkMs }),
    };
    for (const { operatorName, counters, watermarkMs } of operators) {
      const scope = operatorName.replaceAll(/[^a-zA-Z0-9_]/g, "_");
      for (const [name, count] of Object.entries(counters)) metrics[`${scope}.${name}`] = count;
      metrics[`${scope}.currentOutputWatermark`] = watermarkMs;
    }
    return metrics;
  }

  /** What the user's functions count, by name. */
  userCounters({ chain }: VertexDetails, { subtaskIndex }: SubtaskDetails): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const { operatorId } of chain) {
      const { counters = {} } = this.#byOperator.get(`${operatorId}:${subtaskIndex}`) ?? {};
      for (const [name, count] of Object.entries(counters)) {
        if (!isEnginesOwn(name)) counts.set(name, (counts.get(name) ?? 0) + count);
      }
    }
    return counts;
  }

  /** The same, summed over all subtasks of the job. */
  allUserCounters({ vertices }: JobDetails): ReadonlyMap<string, number> {
    return sumCounters(
      vertices.flatMap((vertex) => vertex.subtasks.map((subtask) => this.userCounters(vertex, subtask))),
    );
  }
}

export function sumCounters(counters: readonly ReadonlyMap<string, number>[]): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const one of counters) for (const [name, count] of one) sums.set(name, (sums.get(name) ?? 0) + count);
  return sums;
}

/** The engine's counters are called as Flink's are. */
function isEnginesOwn(name: string): boolean {
  return /^num(Records|Late|Bytes|Buffers|Files|Fired|Splits|Commit|Successful)/.test(name);
}
