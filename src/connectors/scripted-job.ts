/** A source with its enumerator and all its readers, for tests: it runs, is cut off at any place, and starts again from a snapshot. */
import { ManualClock } from "../core/manual-clock.ts";
import { ScriptedMailbox, ScriptedReader } from "./scripted-reader-context.ts";
import type { AnySource, SplitEnumerator } from "./source.ts";

export interface SourceSnapshot {
  readonly enumerator: unknown;
  readonly splits: readonly (readonly { readonly splitId: string }[])[];
}

export class ScriptedSourceJob<T> {
  readonly clock: ManualClock = new ManualClock();
  readonly readers: ScriptedReader<T, { readonly splitId: string }>[];
  readonly mailbox: ScriptedMailbox = new ScriptedMailbox();
  readonly assigned: { readonly subtaskIndex: number; readonly splitId: string }[] = [];
  readonly enumerator: SplitEnumerator<{ readonly splitId: string }, unknown>;

  constructor(source: AnySource<T>, parallelism: number, restored?: SourceSnapshot) {
    const { clock } = this;
    this.enumerator = source.createEnumerator(
      {
        parallelism,
        sourceName: "scripted source",
        clock,
        readers: () => this.readers.map((_, subtaskIndex) => subtaskIndex),
        assign: (subtaskIndex, splits) => {
          for (const { splitId } of splits) this.assigned.push({ subtaskIndex, splitId });
          this.readers[subtaskIndex]!.reader.addSplits(structuredClone(splits));
        },
        noMoreSplits: (subtaskIndex) => this.readers[subtaskIndex]!.reader.noMoreSplits(),
        sendEvent: (subtaskIndex, event) => this.readers[subtaskIndex]!.reader.handleEvent?.(event),
        runOutside: (work, done, failed) => this.mailbox.runOutside(work, done, failed),
      },
      restored?.enumerator,
    );
    this.readers = Array.from(
      { length: parallelism },
      (_, subtaskIndex) =>
        new ScriptedReader<T, { readonly splitId: string }>(source, {
          subtaskIndex,
          parallelism,
          clock,
          requestSplit: () => this.mailbox.post(() => this.enumerator.handleSplitRequest(subtaskIndex)),
          sendEvent: (event) => this.mailbox.post(() => this.enumerator.handleEvent?.(subtaskIndex, event)),
        }),
    );
    this.enumerator.start();
    const old = restored?.splits.flat() ?? [];
    this.readers.forEach(({ reader }, subtaskIndex) => {
      const mine = old.filter((_, place) => place % parallelism === subtaskIndex);
      if (mine.length > 0) reader.addSplits(mine);
      reader.start();
      this.enumerator.addReader(subtaskIndex);
    });
  }

  /** Every value emitted so far, reader by reader. */
  get values(): T[] {
    return this.readers.flatMap((reader) => reader.values);
  }

  /** Runs until every reader is finished, or `pollsMax` polls have been made, the readers in turn. @returns whether all finished. */
  async run(recordsMax: number, pollsMax: number = Number.POSITIVE_INFINITY): Promise<boolean> {
    const unfinished = new Set(this.readers);
    for (let polls = 0; unfinished.size > 0; ) {
      let gotOn = false;
      for (const reader of unfinished) {
        if (polls++ >= pollsMax) return false;
        const status = reader.poll(recordsMax);
        if (status === "finished") unfinished.delete(reader);
        if (status !== "nothing") gotOn = true;
      }
      if (!gotOn && !(await this.deliverNext())) return false;
    }
    return true;
  }

  /** Waits for the outside once and delivers. @returns whether anything was under way. */
  async deliverNext(): Promise<boolean> {
    let any = await this.mailbox.deliverNext();
    for (const { mailbox } of this.readers) any = (await mailbox.deliverNext()) || any;
    return any;
  }

  snapshot(): SourceSnapshot {
    return structuredClone({
      enumerator: this.enumerator.snapshot(1),
      splits: this.readers.map(({ reader }) => [...reader.snapshot(1)]),
    });
  }

  close(): void {
    for (const { reader } of this.readers) reader.close();
    this.enumerator.close();
  }
}
