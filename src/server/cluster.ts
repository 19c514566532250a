import type { Clock } from "../core/clock.ts";
import type { ProcessReadings } from "../runtime/metrics/process-metrics.ts";
import type { Operations } from "./operations/operations.ts";
import type { ServedJobs } from "./served-jobs.ts";
import type { FreshMetrics } from "./subtask-metrics.ts";

/** What the endpoints answer about: the jobs of this process, and the process. */
export interface Cluster {
  readonly jobs: ServedJobs;
  readonly clock: Clock;
  /** "http://127.0.0.1:8081". */
  readonly url: string;
  /** When the server was started. */
  readonly startedMs: number;
  readonly metrics: FreshMetrics;
  /** Of this process; set up when somebody asks for the first time. */
  readonly process: ProcessReadings;
  /** Savepoints and stops that were asked for, by job. */
  readonly savepoints: Operations<{ readonly location: string }>;
  /** Checkpoints that were asked for, by job. */
  readonly checkpoints: Operations<{ readonly checkpointId: number }>;
  readonly disposals: Operations<void>;
}
