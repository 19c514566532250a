import type { PollStatus, ReaderOutput, SourceReader, SourceReaderContext } from "../source.ts";
import { countLineEnds } from "./byte-stream.ts";
import { type FileSplit, isGzip } from "./file-split.ts";
import { describeMalformed, malformedError } from "./malformed-line.ts";
import type { RecordFormat } from "./record-format.ts";
import { SplitCursor } from "./split-cursor.ts";

/** What is done with a line that holds no record. */
export type OnMalformed = "fail" | "skip-and-count" | "side-output";

export interface FileReaderOptions {
  readonly onError: OnMalformed;
  /** How often followed files are looked at; undefined where files are read to their end once. */
  readonly followEveryMs: number | undefined;
}

/** Reads its splits one after the other, each in order, and asks for the next one when it has none left. */
export class FileReader<T> implements SourceReader<T, FileSplit> {
  readonly #context: SourceReaderContext;
  readonly #format: RecordFormat<T>;
  readonly #options: FileReaderOptions;
  readonly #waiting: SplitCursor<T>[] = [];
  #current: SplitCursor<T> | undefined;
  /** Followed files that were read to their present end. */
  #caughtUp: SplitCursor<T>[] = [];
  readonly #reading = new Set<SplitCursor<T>>();
  /** Lines before `openOffset`, counted when the first malformed line of a split asks for it. */
  readonly #linesBeforeOpen = new WeakMap<SplitCursor<T>, number>();
  /** Set while the lines before a malformed one are counted: nothing is emitted meanwhile. */
  #counting = false;
  #asked = false;
  #noMoreSplits = false;
  #closed = false;
  #cancelAlarm: (() => void) | undefined;

  constructor(context: SourceReaderContext, format: RecordFormat<T>, options: FileReaderOptions) {
    this.#context = context;
    this.#format = format;
    this.#options = options;
  }

  start(): void {
    this.#askIfIdle();
  }

  poll(output: ReaderOutput<T>, recordsMax: number): PollStatus {
    if (this.#counting) return "nothing";
    this.#current ??= this.#waiting.shift();
    const cursor = this.#current;
    if (cursor === undefined) return this.#statusWithoutSplit();
    const stop = cursor.emit(output.split(cursor.splitId), recordsMax);
    switch (stop) {
      case "full":
        this.#readAhead(cursor);
        return "more";
      case "starved":
        this.#readAhead(cursor);
        return "nothing";
      case "malformed":
        this.#handleMalformed(cursor, output);
        return this.#counting ? "nothing" : "more";
      case "caught-up":
        this.#current = undefined;
        this.#caughtUp.push(cursor);
        this.#lookAgainLater();
        return "more";
      case "ended":
        this.#current = undefined;
        cursor.close();
        output.releaseSplit(cursor.splitId);
        return "more";
    }
  }

  addSplits(splits: readonly FileSplit[]): void {
    this.#asked = false;
    const follows = this.#options.followEveryMs !== undefined;
    for (const split of splits) {
      this.#waiting.push(new SplitCursor(split, this.#format, follows && split.end === null && !isGzip(split.uri)));
    }
    this.#context.wake();
  }

  noMoreSplits(): void {
    this.#noMoreSplits = true;
    this.#context.wake();
  }

  snapshot(_checkpointId: number): readonly FileSplit[] {
    const current = this.#current === undefined ? [] : [this.#current];
    return [...current, ...this.#waiting, ...this.#caughtUp].map((cursor) => cursor.snapshot());
  }

  close(): void {
    this.#closed = true;
    this.#cancelAlarm?.();
    for (const cursor of [this.#current, ...this.#waiting, ...this.#caughtUp]) cursor?.close();
  }

  #statusWithoutSplit(): PollStatus {
    if (this.#noMoreSplits && this.#caughtUp.length === 0) return "finished";
    this.#askIfIdle();
    return "nothing";
  }

  #askIfIdle(): void {
    if (this.#asked || this.#noMoreSplits || this.#current !== undefined || this.#waiting.length > 0) return;
    this.#asked = true;
    this.#context.requestSplit();
  }

  #readAhead(cursor: SplitCursor<T>): void {
    if (this.#closed || this.#reading.has(cursor) || !cursor.wantsChunk) return;
    this.#reading.add(cursor);
    this.#context.runOutside(
      () => cursor.readChunk(),
      (chunk) => {
        this.#reading.delete(cursor);
        if (this.#closed) return;
        cursor.addChunk(chunk);
        this.#readAhead(cursor);
        this.#context.wake();
      },
    );
  }

  #lookAgainLater(): void {
    if (this.#cancelAlarm !== undefined) return;
    const atMs = this.#context.clock.nowMs() + this.#options.followEveryMs!;
    this.#cancelAlarm = this.#context.clock.setAlarm(atMs, () => {
      this.#cancelAlarm = undefined;
      for (const cursor of this.#caughtUp) cursor.lookAgain();
      this.#waiting.push(...this.#caughtUp);
      this.#caughtUp = [];
      this.#context.wake();
    });
  }

  #handleMalformed(cursor: SplitCursor<T>, output: ReaderOutput<T>): void {
    if (this.#options.onError === "skip-and-count") {
      output.countSkipped();
      cursor.skipMalformed();
      return;
    }
    const linesBeforeOpen = cursor.openOffset === 0 ? 0 : this.#linesBeforeOpen.get(cursor);
    if (linesBeforeOpen === undefined) {
      this.#countLinesBefore(cursor);
      return;
    }
    const malformed = describeMalformed(cursor.uri, linesBeforeOpen, cursor.malformed());
    if (this.#options.onError === "fail") throw malformedError(malformed);
    output.malformed({ where: malformed.where, raw: malformed.raw, error: malformed.reason });
    cursor.skipMalformed();
  }

  /** Afterwards `emit` stops at the same record again, and its line is known. */
  #countLinesBefore(cursor: SplitCursor<T>): void {
    this.#counting = true;
    this.#context.runOutside(
      () => countLineEnds(cursor.uri, cursor.openOffset),
      (lines) => {
        this.#counting = false;
        this.#linesBeforeOpen.set(cursor, lines);
        this.#context.wake();
      },
    );
  }
}
