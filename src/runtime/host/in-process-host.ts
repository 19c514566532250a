import { FileTaskSnapshotStore } from "../../checkpoint/task-snapshot-store.ts";
import type { Clock, Random } from "../../core/clock.ts";
import { systemClock, systemMonotonicClock, systemRandom } from "../../core/system-clock.ts";
import { MAX_TIMESTAMP } from "../../core/time.ts";
import type { TaskCommand } from "../messages.ts";
import { immediateScheduler, type Scheduler, TaskLoop } from "../task-manager/task-loop.ts";
import { TaskManager } from "../task-manager/task-manager.ts";
import type { Host, HostEvents, HostedJob } from "./host.ts";

export interface InProcessOptions {
  readonly clock?: Clock;
  readonly random?: Random;
  readonly scheduler?: Scheduler;
}

/** Job manager and all subtasks in one thread: one task manager, no serialization, and every step under a scheduler that a test can hold. */
export class InProcessHost implements Host {
  readonly name = "in-process";
  readonly clock: Clock;
  readonly random: Random;
  readonly #scheduler: Scheduler;
  #manager: TaskManager | undefined;
  #loop: TaskLoop | undefined;
  #letLoopEnd: (() => void) | undefined;

  constructor(options: InProcessOptions = {}) {
    this.clock = options.clock ?? systemClock;
    this.random = options.random ?? systemRandom;
    this.#scheduler = options.scheduler ?? immediateScheduler;
  }

  managersFor(): number {
    return 1;
  }

  async start(job: HostedJob, _managerCount: number, events: HostEvents): Promise<void> {
    const environment = {
      clock: this.clock,
      stopwatch: () => (this.clock === systemClock ? systemMonotonicClock : this.clock).nowMs(),
      random: this.random,
      settings: job.settings,
      remote: false,
      leaseDeadline: job.leaseDeadline,
      store: new FileTaskSnapshotStore(),
      report: (report: Parameters<HostEvents["report"]>[0]) => this.#scheduler.schedule(() => events.report(report)),
      wake: () => this.#loop?.wake(),
    };
    const manager = new TaskManager(0, job.jobGraph, environment, () => {});
    this.#manager = manager;
    this.#loop = new TaskLoop(manager, this.#scheduler, this.clock);
    // A job that waits for the outside world must not let the process end.
    this.#letLoopEnd = this.clock.setAlarm(MAX_TIMESTAMP, () => {});
  }

  send(_manager: number, command: TaskCommand): void {
    this.#scheduler.schedule(() => this.#manager?.handle(command));
  }

  async restart(): Promise<void> {}

  async stop(): Promise<void> {
    this.#letLoopEnd?.();
    this.#loop?.stop();
  }
}
