import type { MessagePort } from "node:worker_threads";
import type { SerializedError } from "../../core/errors.ts";
import type { JobSettings } from "../../graph/job-settings.ts";
import type { PlanDescription } from "../../graph/plan-json.ts";
import type { ProgramLaunch } from "../launch.ts";
import type { TaskCommand, TaskReport } from "../messages.ts";

/** What a worker thread is born with. */
export interface WorkerStart {
  readonly manager: number;
  readonly managerCount: number;
  /** Shared flags, one per task manager: 1 while it sleeps. */
  readonly parked: SharedArrayBuffer;
  /** Shared counters, one per task manager: each grows while its thread comes back to its loop. */
  readonly beats: SharedArrayBuffer;
  /** URL of the program's module. */
  readonly program: string;
  /** Which `execute` of the program is meant, from 0. */
  readonly jobIndex: number;
  readonly settings: JobSettings;
  /** With high availability: until when the process leads. */
  readonly leaseDeadline: SharedArrayBuffer | undefined;
  /** What the command line told the program. */
  readonly launch: ProgramLaunch | undefined;
}

/** From the main thread to a worker. */
export type WorkerCommand =
  /** A port to each other task manager, by index; what arrives on it only wakes. */
  | { readonly kind: "peers"; readonly ports: Readonly<Record<number, MessagePort>> }
  | { readonly kind: "command"; readonly command: TaskCommand }
  /** Let go of everything, so that the thread ends once its output is written. */
  | { readonly kind: "stop" };

/** From a worker to the main thread. */
export type WorkerReport =
  | { readonly kind: "planned"; readonly plan: PlanDescription }
  | { readonly kind: "not-loadable"; readonly error: SerializedError }
  | { readonly kind: "report"; readonly report: TaskReport };
