import { randomBytes } from "node:crypto";
import type { Clock } from "../../core/clock.ts";

/** How long the outcome of an operation is remembered after its end (Flink's `rest.async.store-duration`). */
const REMEMBERED_MS = 300_000;

/** Operations that are remembered at all; of those that have ended the oldest go first. */
const OPERATIONS_MAX = 1_000;

/**
 * How long the process stays for whoever asks how it went: a job that was stopped is often the last thing that a process has to do, and
 * clients ask about once a second.
 */
const STAYS_MS = 5_000;

/** What was asked for, and how far it is. */
export type Operation<T> =
  | { readonly kind: "in-progress" }
  | { readonly kind: "completed"; readonly result: T; readonly atMs: number }
  | { readonly kind: "failed"; readonly error: Error; readonly atMs: number };

/**
 * What takes long is started by one request, which gets an id, and asked about with that id by others. The same id again starts nothing,
 * so that a client may repeat a request whose answer was lost.
 */
export class Operations<T> {
  readonly #clock: Clock;
  readonly #byId = new Map<string, Operation<T>>();
  /** For each outcome that nobody has asked for yet, what calls off the wait for it. */
  readonly #unasked = new Map<string, () => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @param triggerId - Default: a new one. @returns the id to ask with. */
  start(subject: string, triggerId: string | undefined, run: () => Promise<T>): string {
    const id = triggerId ?? randomBytes(16).toString("hex");
    const key = keyOf(subject, id);
    this.#forgetOld();
    if (this.#byId.has(key)) return id;
    this.#byId.set(key, { kind: "in-progress" });
    run().then(
      (result) => this.#end(key, { kind: "completed", result, atMs: this.#clock.nowMs() }),
      (error: unknown) => this.#end(key, { kind: "failed", error: asError(error), atMs: this.#clock.nowMs() }),
    );
    return id;
  }

  find(subject: string, triggerId: string): Operation<T> | undefined {
    this.#forgetOld();
    const key = keyOf(subject, triggerId);
    this.#unasked.get(key)?.();
    this.#unasked.delete(key);
    return this.#byId.get(key);
  }

  #end(key: string, outcome: Operation<T>): void {
    this.#byId.set(key, outcome);
    // An alarm keeps the process.
    const callOff = this.#clock.setAlarm(this.#clock.nowMs() + STAYS_MS, () => this.#unasked.delete(key));
    this.#unasked.set(key, callOff);
  }

  #forgetOld(): void {
    const endedBefore = this.#clock.nowMs() - REMEMBERED_MS;
    for (const [key, operation] of this.#byId) {
      if (operation.kind === "in-progress") continue;
      if (operation.atMs < endedBefore || this.#byId.size >= OPERATIONS_MAX) this.#byId.delete(key);
    }
  }
}

function keyOf(subject: string, triggerId: string): string {
  return `${subject} ${triggerId}`;
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
