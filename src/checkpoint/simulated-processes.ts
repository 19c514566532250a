import type { ProcessIdentity, ProcessTable } from "./process-identity.ts";

/** For tests and the simulator: processes of one host that live until they are killed. */
export class SimulatedProcesses {
  readonly #dead = new Set<number>();
  #started = 0;

  /** What a new process sees of all. */
  start(host = "host"): ProcessTable {
    this.#started += 1;
    return {
      self: { pid: this.#started, host, started: String(this.#started) },
      isAlive: (other: ProcessIdentity) => other.host !== host || !this.#dead.has(other.pid),
    };
  }

  kill({ self }: ProcessTable): void {
    this.#dead.add(self.pid);
  }
}
