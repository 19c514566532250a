import { LeaseDeadline } from "../../src/checkpoint/leadership/lease-deadline.ts";
import { FileTaskSnapshotStore } from "../../src/checkpoint/task-snapshot-store.ts";
import { MillraceError } from "../../src/core/errors.ts";
import type { JobSettings } from "../../src/graph/job-settings.ts";
import { Ring } from "../../src/runtime/channel/ring.ts";
import type { Host, HostEvents, HostedJob } from "../../src/runtime/host/host.ts";
import type { TaskCommand, TaskReport } from "../../src/runtime/messages.ts";
import { createKeyedState } from "../../src/runtime/task/keyed-state.ts";
import { TaskLoop } from "../../src/runtime/task-manager/task-loop.ts";
import { TaskManager } from "../../src/runtime/task-manager/task-manager.ts";
import type { KeyedStateBackend } from "../../src/state/keyed-state-backend.ts";
import type { KeyedStateBackendOptions } from "../../src/state/keyed-states.ts";
import { RocksDbKeyedStateBackend } from "../../src/state/rocksdb/rocksdb-keyed-state-backend.ts";
import type { HostScenario } from "./scenario.ts";
import { SortedDatabase } from "./sorted-database.ts";
import type { ThreadId, World } from "./world.ts";

interface SimulatedWorker {
  readonly thread: ThreadId;
  readonly manager: TaskManager;
  readonly loop: TaskLoop;
  parked: boolean;
}

/**
 * Task managers as `ThreadsHost` runs them (each a thread, messages copied, records in rings), or one in the thread of the job manager as
 * `InProcessHost` does; but all in this thread, and whatever happens next is chosen by the world.
 */
export class SimulatedHost implements Host {
  readonly name = "simulation";
  readonly clock: World;
  readonly random: () => number;
  readonly #world: World;
  readonly #mainThread: ThreadId;
  readonly #managersMax: number;
  readonly #ringBytes: number | undefined;
  readonly #stepRecords: readonly number[];
  /** By the memory of each planned ring: the smaller one that is used for it. */
  readonly #rings = new WeakMap<SharedArrayBuffer, SharedArrayBuffer>();
  #keyedStates: KeyedStateBackend[] = [];
  #job: HostedJob | undefined;
  #events: HostEvents | undefined;
  #managerCount = 0;
  #workers: (SimulatedWorker | undefined)[] = [];

  /** @param mainThread - of the job manager. */
  constructor(world: World, mainThread: ThreadId, { managersMax, ringBytes, stepRecords }: HostScenario) {
    this.#ringBytes = ringBytes;
    this.#stepRecords = stepRecords;
    this.#world = world;
    this.#mainThread = mainThread;
    this.clock = world;
    this.random = world.random.next;
    this.#managersMax = managersMax;
  }

  managersFor(parallelism: number): number {
    return Math.max(1, Math.min(parallelism, this.#managersMax));
  }

  async start(job: HostedJob, managerCount: number, events: HostEvents): Promise<void> {
    this.#job = job;
    this.#events = events;
    this.#managerCount = managerCount;
    this.#startWorkers();
  }

  send(manager: number, command: TaskCommand): void {
    const worker = this.#workers[manager];
    if (worker === undefined) return;
    const sent = this.#copy(this.#withSmallRings(command));
    this.#world.schedule(`command:${worker.thread}:${manager}`, worker.thread, command.kind, () =>
      worker.manager.handle(sent),
    );
  }

  async restart(): Promise<void> {
    for (const worker of this.#workers) this.#end(worker);
    this.#workers = [];
    await new Promise<void>((resolve) =>
      this.#world.schedule(`host:${this.#mainThread}`, this.#mainThread, "restart", resolve),
    );
    this.#startWorkers();
  }

  async stop(): Promise<void> {
    for (const worker of this.#workers) this.#end(worker);
    this.#workers = [];
  }

  /** What goes with the process, and would stay in this one. */
  dispose(): void {
    for (const keyedState of this.#keyedStates) keyedState.dispose();
    this.#keyedStates = [];
  }

  /** Of this process, as long as they live. */
  get threads(): ThreadId[] {
    return [this.#mainThread, ...this.workerThreads];
  }

  get workerThreads(): ThreadId[] {
    return this.#workers.flatMap((worker) =>
      worker === undefined || worker.thread === this.#mainThread ? [] : [worker.thread],
    );
  }

  /** One task manager dies with all that it was doing. @returns whether there was one that can. */
  loseManager(): boolean {
    const index = this.#world.random.below(Math.max(1, this.#workers.length));
    const worker = this.#workers[index];
    if (worker === undefined || worker.thread === this.#mainThread) return false;
    this.#end(worker);
    this.#workers[index] = undefined;
    const error = new MillraceError("TASK_MANAGER_LOST", {
      message: `task manager ${index} ended (simulated).`,
      next: "restart",
    });
    // What it had sent before it died still arrives, and before the news of its death.
    const workers = this.#workers;
    this.#world.schedule(`report:${worker.thread}`, this.#mainThread, "lost", () => {
      if (this.#workers === workers) this.#events!.lost(index, error);
    });
    return true;
  }

  #startWorkers(): void {
    this.#workers = Array.from({ length: this.#managerCount }, (_, index) => this.#startWorker(index));
  }

  #startWorker(index: number): SimulatedWorker {
    const world = this.#world;
    const job = this.#job!;
    const remote = this.#managersMax > 0;
    const thread = remote ? world.newThread() : this.#mainThread;
    const environment = {
      clock: world,
      stopwatch: () => world.nowMs(),
      random: this.random,
      settings: job.settings,
      remote,
      // Workers have one of their own on the same memory.
      leaseDeadline: job.leaseDeadline && new LeaseDeadline(world, job.leaseDeadline.memory),
      store: new FileTaskSnapshotStore(),
      createKeyedState: (settings: JobSettings, options: KeyedStateBackendOptions) =>
        this.#createKeyedState(settings, options),
      report: (report: TaskReport) => this.#report(worker, report),
      wake: () => loop.wake(),
    };
    const wakePeer = (peer: number): void => {
      const other = this.#workers[peer];
      if (other === undefined || !other.parked) return;
      other.parked = false;
      world.schedule(`wake:${thread}:${other.thread}`, other.thread, "peer", () => other.loop.wake());
    };
    const manager = new TaskManager(index, job.jobGraph, environment, wakePeer, world.random.pick(this.#stepRecords));
    const scheduler = { sliceMs: 0, schedule: (run: () => void) => world.schedule(`turn:${thread}`, thread, "", run) };
    const parking = {
      park: () => {
        worker.parked = true;
      },
      unpark: () => {
        worker.parked = false;
      },
    };
    const loop = new TaskLoop(manager, scheduler, world, parking);
    const worker: SimulatedWorker = { thread, manager, loop, parked: false };
    return worker;
  }

  /** Databases are in memory. */
  #createKeyedState(settings: JobSettings, options: KeyedStateBackendOptions): KeyedStateBackend {
    const { stateBackend } = settings;
    if (stateBackend === "hashmap") return createKeyedState(settings, options);
    const openDatabase = (folder: string): SortedDatabase => new SortedDatabase(folder);
    const keyedState = new RocksDbKeyedStateBackend(options, { cacheBytes: stateBackend.cacheBytes, openDatabase });
    this.#keyedStates.push(keyedState);
    return keyedState;
  }

  #report(worker: SimulatedWorker, report: TaskReport): void {
    const sent = this.#copy(report);
    const workers = this.#workers;
    this.#world.schedule(`report:${worker.thread}`, this.#mainThread, describe(report), () => {
      // What one sent before it was lost counts, until others take the place of all.
      if (this.#workers === workers) this.#events!.report(sent);
    });
  }

  #withSmallRings(command: TaskCommand): TaskCommand {
    const ringBytes = this.#ringBytes;
    if (command.kind !== "deploy" || ringBytes === undefined) return command;
    const channels = command.channels.map((channel) => {
      if (channel.ring === undefined) return channel;
      const { memory } = channel.ring;
      const small = this.#rings.get(memory) ?? Ring.allocate(ringBytes);
      this.#rings.set(memory, small);
      return { ...channel, ring: { ...channel.ring, memory: small } };
    });
    return { ...command, channels };
  }

  #end(worker: SimulatedWorker | undefined): void {
    if (worker === undefined) return;
    worker.loop.stop();
    if (worker.thread !== this.#mainThread) this.#world.kill(worker.thread);
  }

  #copy<T>(message: T): T {
    return this.#managersMax > 0 ? structuredClone(message) : message;
  }
}

function describe(report: TaskReport): string {
  if (!("task" in report)) return report.kind;
  const what = "status" in report ? report.status : "id" in report ? String(report.id) : "";
  return `${report.kind} ${report.task.vertexId.slice(0, 6)}:${report.task.subtaskIndex} ${what}`;
}
