import type { TaskId } from "../messages.ts";
import { type TaskMetrics, taskMetrics } from "./task-metrics.ts";
import type { OperatorMetrics, TaskReading } from "./task-reading.ts";

/** Rates are those of about this time, where somebody has looked often enough; otherwise of the time since somebody looked. */
const RATE_WINDOW_MS = 5_000;
/** Readings that follow each other faster replace each other: a rate over less is noise. */
const APART_MS = 250;

/** The readings of all subtasks of a job, as they were reported last. */
export class TaskReadings {
  /** By subtask, oldest first; of one attempt only. The first is the base of the rates. */
  readonly #history = new Map<string, readonly TaskReading[]>();

  add(readings: readonly TaskReading[]): void {
    for (const reading of readings) {
      const name = nameOf(reading.task);
      const known = this.#history.get(name) ?? [];
      const attempt = known.at(-1)?.attempt ?? -1;
      if (reading.attempt >= attempt) this.#history.set(name, next(reading.attempt > attempt ? [] : known, reading));
    }
  }

  /** The last reading of each subtask. */
  latest(): readonly TaskReading[] {
    return [...this.#history.values()].map((readings) => readings.at(-1)!);
  }

  operators(): readonly OperatorMetrics[] {
    return this.latest().flatMap(({ operators }) => operators);
  }

  tasks(): readonly TaskMetrics[] {
    return [...this.#history.values()].map((readings) => {
      const base = readings[0]!;
      const last = readings.at(-1)!;
      return taskMetrics(last, last.atMs - base.atMs < APART_MS ? undefined : base);
    });
  }
}

function next(known: readonly TaskReading[], reading: TaskReading): readonly TaskReading[] {
  const [base, ...rest] = known;
  if (base === undefined) return [reading];
  const before = known.at(-2);
  const apart = before === undefined || known.at(-1)!.atMs - before.atMs >= APART_MS;
  const kept = apart ? known : [base, ...rest.slice(0, -1)];
  const first = kept.findLastIndex(({ atMs }) => reading.atMs - atMs >= RATE_WINDOW_MS);
  return [...kept.slice(Math.max(0, first)), reading];
}

function nameOf(task: TaskId): string {
  return `${task.vertexId}:${task.subtaskIndex}`;
}
