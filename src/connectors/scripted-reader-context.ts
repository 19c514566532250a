/**
 * A task around one source reader, for tests: mail is delivered when the test says so, time stands still until it is moved, and
 * what the reader emits is kept.
 */

import { ManualClock } from "../core/manual-clock.ts";
import { unseenMetrics } from "./scripted-metrics.ts";
import type {
  AnySource,
  MalformedRecord,
  PollStatus,
  ReaderOutput,
  SourceReader,
  SourceReaderContext,
  SplitOutput,
} from "./source.ts";

/** Settled work waits here until the test delivers it. */
export class ScriptedMailbox {
  readonly #mail: (() => void)[] = [];
  readonly #inFlight = new Set<Promise<void>>();

  runOutside<R>(work: () => Promise<R>, done: (result: R) => void, failed?: (error: unknown) => void): void {
    const run = work().then(
      (result) => void this.#mail.push(() => done(result)),
      (error: unknown) =>
        void this.#mail.push(() => {
          if (failed === undefined) throw error;
          failed(error);
        }),
    );
    this.#inFlight.add(run);
    void run.finally(() => this.#inFlight.delete(run));
  }

  /** Mail that is there at once, such as a message from the other side. */
  post(mail: () => void): void {
    this.#mail.push(mail);
  }

  /** Delivers what has settled by now, in the order in which it settled. */
  deliver(): void {
    for (let mail = this.#mail.shift(); mail !== undefined; mail = this.#mail.shift()) mail();
  }

  /** Waits for one piece of work to settle, if there is any, and delivers. @returns whether there was any. */
  async deliverNext(): Promise<boolean> {
    if (this.#mail.length === 0) {
      if (this.#inFlight.size === 0) return false;
      await Promise.race(this.#inFlight);
    }
    this.deliver();
    return true;
  }

  /** Delivers until nothing is left to wait for. */
  async deliverAll(): Promise<void> {
    while (await this.deliverNext()) {}
  }
}

export interface Emitted<T> {
  readonly splitId: string;
  readonly value: T;
}

export class ScriptedReader<T, SplitT extends { readonly splitId: string }> implements ReaderOutput<T> {
  readonly reader: SourceReader<T, SplitT>;
  readonly mailbox: ScriptedMailbox = new ScriptedMailbox();
  readonly emitted: Emitted<T>[] = [];
  readonly malformedRecords: MalformedRecord[] = [];
  readonly released: string[] = [];
  skippedCount = 0;
  splitRequests = 0;
  wakeCount = 0;
  readonly #outputs = new Map<string, SplitOutput<T>>();

  constructor(source: AnySource<T>, place: Partial<SourceReaderContext> = {}) {
    this.reader = source.createReader({
      subtaskIndex: 0,
      parallelism: 1,
      sourceName: "scripted source",
      metrics: unseenMetrics,
      clock: new ManualClock(),
      requestSplit: () => {
        this.splitRequests++;
      },
      sendEvent: () => {},
      wake: () => {
        this.wakeCount++;
      },
      runOutside: (work, done, failed) => this.mailbox.runOutside(work, done, failed),
      ...place,
    });
  }

  get values(): T[] {
    return this.emitted.map(({ value }) => value);
  }

  split(splitId: string): SplitOutput<T> {
    const known = this.#outputs.get(splitId);
    if (known !== undefined) return known;
    const output: SplitOutput<T> = {
      collect: (value) => void this.emitted.push({ splitId, value }),
      emitWatermark: () => {},
      markIdle: () => {},
    };
    this.#outputs.set(splitId, output);
    return output;
  }

  releaseSplit(splitId: string): void {
    this.released.push(splitId);
  }

  malformed(record: MalformedRecord): void {
    this.malformedRecords.push(record);
  }

  countSkipped(): void {
    this.skippedCount++;
  }

  poll(recordsMax: number): PollStatus {
    return this.reader.poll(this, recordsMax);
  }

  /** Polls, waiting for the outside where there is nothing, until the reader is finished, or idle with nothing to wait for. */
  async drain(recordsMax = 100): Promise<PollStatus> {
    for (;;) {
      const status = this.poll(recordsMax);
      if (status === "finished") return status;
      if (status === "nothing" && !(await this.mailbox.deliverNext())) return status;
    }
  }

  /** Its splits as a checkpoint carries them. */
  snapshot(): SplitT[] {
    return structuredClone([...this.reader.snapshot(1)]);
  }
}
