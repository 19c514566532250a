import type { Clock } from "../core/clock.ts";
import type { SubtaskDetails, VertexDetails } from "../runtime/job-details.ts";
import { flatMetrics, type TaskMetrics } from "../runtime/metrics/task-metrics.ts";
import type { MetricValue, OperatorMetrics } from "../runtime/metrics/task-reading.ts";
import type { RunningJob } from "../runtime/running-job.ts";

/** The metrics of one subtask by Flink's names, those of its operators behind their scope: `Source__orders.numRecordsOut`. */
export type SubtaskMetrics = Readonly<Record<string, MetricValue>>;

/** How old figures may be: a page asks for every vertex in turn, and the tasks are to answer once. */
const FRESH_MS = 500;

/** The metrics of jobs, asked for when somebody looks. */
export class FreshMetrics {
  readonly #clock: Clock;
  readonly #asked = new WeakMap<RunningJob, { readonly atMs: number; readonly answered: Promise<void> }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async of(job: RunningJob): Promise<JobMetrics> {
    const nowMs = this.#clock.nowMs();
    let asked = this.#asked.get(job);
    if (asked === undefined || nowMs - asked.atMs > FRESH_MS) {
      asked = { atMs: nowMs, answered: job.freshMetrics() };
      this.#asked.set(job, asked);
    }
    await asked.answered;
    return new JobMetrics(job.taskMetrics(), job.metrics());
  }
}

/** The metrics of the subtasks of a job, as last reported. */
export class JobMetrics {
  readonly #tasks: ReadonlyMap<string, TaskMetrics>;
  readonly #operators: ReadonlyMap<string, OperatorMetrics>;

  constructor(tasks: readonly TaskMetrics[], operators: readonly OperatorMetrics[]) {
    this.#tasks = new Map(tasks.map((one) => [`${one.vertexId}:${one.subtaskIndex}`, one]));
    this.#operators = new Map(operators.map((one) => [`${one.operatorId}:${one.subtaskIndex}`, one]));
  }

  /** Empty where the subtask has not reported yet. */
  of({ id }: VertexDetails, { subtaskIndex }: SubtaskDetails): SubtaskMetrics {
    const found = this.#tasks.get(`${id}:${subtaskIndex}`);
    return found === undefined ? {} : flatMetrics(found);
  }

  /** What the user's functions count, by name. */
  userCounters({ chain }: VertexDetails, { subtaskIndex }: SubtaskDetails): ReadonlyMap<string, number> {
    return sumCounters(
      chain.map(({ operatorId }) => {
        const { counters = {} } = this.#operators.get(`${operatorId}:${subtaskIndex}`) ?? {};
        return new Map(Object.entries(counters).filter(([name]) => !isEnginesOwn(name)));
      }),
    );
  }

  /** The same, summed over all subtasks of the job. */
  allUserCounters(vertices: readonly VertexDetails[]): ReadonlyMap<string, number> {
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
  return /^num(Records|Late|Bytes|Buffers|Files|Fired)/.test(name);
}
