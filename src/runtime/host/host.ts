import type { LeaseDeadline } from "../../checkpoint/leadership/lease-deadline.ts";
import type { Clock, Random } from "../../core/clock.ts";
import type { JobGraph } from "../../graph/job-graph.ts";
import type { JobSettings } from "../../graph/job-settings.ts";
import type { PlanDescription } from "../../graph/plan-json.ts";
import type { TaskCommand, TaskReport } from "../messages.ts";

/** What is to be run: the plan, and which `execute` of the program made it. */
export interface HostedJob {
  readonly jobGraph: JobGraph;
  readonly plan: PlanDescription;
  readonly settings: JobSettings;
  readonly jobIndex: number;
  /** With high availability: until when this process leads; tasks commit nothing after it. */
  readonly leaseDeadline?: LeaseDeadline | undefined;
}

/** What a host tells the job manager. Never called before `start` has returned its promise. */
export interface HostEvents {
  report(report: TaskReport): void;
  /** A task manager is gone with all its tasks. */
  lost(manager: number, error: Error): void;
}

/**
 * The outside of a job: clock, chance, and how task managers are started and reached. The tasks cannot tell which host they run on.
 */
export interface Host {
  readonly name: string;
  readonly clock: Clock;
  readonly random: Random;
  /** How many task managers a job of that parallelism gets. */
  managersFor(parallelism: number): number;
  /** Starts `managerCount` task managers. @throws {MillraceError} `PLAN_MISMATCH` where one builds another plan than this thread did. */
  start(job: HostedJob, managerCount: number, events: HostEvents): Promise<void>;
  /** Commands to one task manager arrive in order. */
  send(manager: number, command: TaskCommand): void;
  /** Ends all task managers, lost ones included, and starts as many new ones. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}
