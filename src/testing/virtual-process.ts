import type { ProcessTable } from "../checkpoint/process-identity.ts";
import { ManualClock } from "../core/manual-clock.ts";
import type { FileSystem } from "../filesystem/file-system.ts";
import { InProcessHost } from "../runtime/host/in-process-host.ts";
import { immediateScheduler, type Scheduler } from "../runtime/task-manager/task-loop.ts";

/**
 * One process of a simulated job, from its start to its death: a clock that a test moves, a queue of what is to be run, which the test
 * takes piece by piece, and a way to the files that ends with the process.
 */
export class VirtualProcess {
  readonly clock: ManualClock;
  readonly host: InProcessHost;
  readonly table: ProcessTable;
  readonly fileSystem: FileSystem;
  #queue: (() => void)[] = [];
  #isDead = false;

  constructor(pid: number, startMs: number, random: () => number, files: FileSystem) {
    this.clock = new ManualClock(startMs);
    const scheduler: Scheduler = {
      sliceMs: 0,
      schedule: (run) => {
        if (!this.#isDead) this.#queue.push(run);
      },
    };
    this.host = new InProcessHost({ clock: this.clock, random, scheduler });
    this.fileSystem = untilDeath(files, () => this.#isDead);
    this.table = {
      self: { pid, host: "simulated", started: String(pid) },
      // One lives at a time.
      isAlive: (other) => other.pid === pid,
    };
  }

  /** Lets all promises settle that can, then runs what was scheduled first. @returns whether there was anything. */
  async runNext(): Promise<boolean> {
    await settled();
    const next = this.#queue.shift();
    next?.();
    return next !== undefined;
  }

  /** Nothing of it happens any more, and what it waits for never comes. */
  kill(): void {
    this.#isDead = true;
    this.#queue = [];
  }
}

/** Everything that waits for no more than other promises has gone on when this resolves. */
function settled(): Promise<void> {
  return new Promise((resolve) => immediateScheduler.schedule(resolve));
}

/** Calls of the dead are never done, nor answered. */
function untilDeath<T extends object>(target: T, isDead: () => boolean): T {
  return new Proxy(target, {
    get(object, name) {
      const member: unknown = Reflect.get(object, name, object);
      if (typeof member !== "function") return member;
      return (...args: unknown[]): unknown => {
        if (isDead()) return new Promise(() => {});
        const answer: unknown = member.apply(object, args);
        if (!(answer instanceof Promise)) return answer;
        return answer.then((result: unknown) => {
          if (isDead()) return new Promise(() => {});
          return isWriter(result) ? untilDeath(result, isDead) : result;
        });
      };
    },
  });
}

function isWriter(result: unknown): result is object {
  return typeof result === "object" && result !== null && "append" in result;
}
