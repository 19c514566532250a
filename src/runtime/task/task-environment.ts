import type { TaskSnapshotStore } from "../../checkpoint/checkpoint-storage.ts";
import type { LeaseDeadline } from "../../checkpoint/leadership/lease-deadline.ts";
import type { Clock, Random } from "../../core/clock.ts";
import type { JobSettings } from "../../graph/job-settings.ts";
import type { KeyedStateBackend } from "../../state/keyed-state-backend.ts";
import type { KeyedStateBackendOptions } from "../../state/keyed-states.ts";
import type { TaskReport } from "../messages.ts";

/** What a task manager gives to each of its subtasks. */
export interface TaskEnvironment {
  readonly clock: Clock;
  /** Milliseconds with fractions, from any zero; never jumps. */
  readonly stopwatch: () => number;
  readonly random: Random;
  readonly settings: JobSettings;
  readonly store: TaskSnapshotStore;
  /** The back end that the settings name. Left out: one whose databases are on the local disk. */
  readonly createKeyedState?: (settings: JobSettings, options: KeyedStateBackendOptions) => KeyedStateBackend;
  report(report: TaskReport): void;
  /** Whether this is not the thread that submitted the job: what sinks have for it must be sent there. */
  readonly remote: boolean;
  /** With high availability: until when this process may make anything visible. */
  readonly leaseDeadline?: LeaseDeadline | undefined;
  /** A subtask of this task manager has something to do. */
  wake(): void;
}

/** The task's own thread of control as its operators see it: what settles outside comes back as mail, between two records. */
export interface Mailbox {
  /** Runs `letter` in the task's loop. Dropped when the task has ended. */
  post(letter: () => void): void;
  /** The same for what may put out records: held back while the task is being stopped. */
  postOutput(letter: () => void): void;
  runOutside<R>(work: () => Promise<R>, done: (result: R) => void, failed?: (error: unknown) => void): void;
}
