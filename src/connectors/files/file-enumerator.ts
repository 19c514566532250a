import type { SplitEnumerator, SplitEnumeratorContext } from "../source.ts";
import { findFiles } from "./discovery.ts";
import { type FileSplit, type FoundFile, splitsOf } from "./file-split.ts";

/** What is found and not handed out yet. */
export interface FileEnumeratorState {
  /** False until the paths have been looked through once. */
  readonly discovered: boolean;
  readonly pending: readonly FileSplit[];
  /** URIs of all files found so far; kept only where new ones are looked for. */
  readonly seen: readonly string[];
}

export interface FileEnumeratorOptions {
  readonly paths: readonly string[];
  /** How often new files are looked for; undefined: once, at the start. */
  readonly monitorEveryMs: number | undefined;
  /** Files are cut in ranges of this many bytes; infinite where they cannot be cut. */
  readonly splitBytes: number;
}

/** Finds files, cuts them in splits and hands these out one by one to readers that ask, sorted by path. */
export class FileEnumerator implements SplitEnumerator<FileSplit, FileEnumeratorState> {
  readonly #context: SplitEnumeratorContext<FileSplit>;
  readonly #options: FileEnumeratorOptions;
  readonly #pending: FileSplit[];
  readonly #seen: Set<string>;
  /** Readers that asked when there was nothing to give, in the order in which they did. */
  readonly #waiting = new Set<number>();
  #discovered: boolean;
  #closed = false;
  #cancelAlarm: (() => void) | undefined;

  constructor(
    context: SplitEnumeratorContext<FileSplit>,
    options: FileEnumeratorOptions,
    restored: FileEnumeratorState | undefined,
  ) {
    this.#context = context;
    this.#options = options;
    this.#pending = [...(restored?.pending ?? [])];
    this.#seen = new Set(restored?.seen);
    this.#discovered = restored?.discovered ?? false;
  }

  start(): void {
    if (!this.#discovered || this.#options.monitorEveryMs !== undefined) this.#discover();
  }

  addReader(_subtaskIndex: number): void {}

  handleSplitRequest(subtaskIndex: number): void {
    this.#waiting.add(subtaskIndex);
    this.#serve();
  }

  addSplitsBack(splits: readonly FileSplit[], subtaskIndex: number): void {
    this.#waiting.delete(subtaskIndex);
    this.#pending.unshift(...splits);
    this.#serve();
  }

  snapshot(_checkpointId: number): FileEnumeratorState {
    return { discovered: this.#discovered, pending: [...this.#pending], seen: [...this.#seen] };
  }

  close(): void {
    this.#closed = true;
    this.#cancelAlarm?.();
  }

  #discover(): void {
    this.#context.runOutside(
      () => findFiles(this.#options.paths),
      (files) => {
        if (this.#closed) return;
        this.#addFiles(files);
        this.#discovered = true;
        this.#discoverAgainLater();
        this.#serve();
      },
    );
  }

  #discoverAgainLater(): void {
    const { monitorEveryMs } = this.#options;
    if (monitorEveryMs === undefined) return;
    const { clock } = this.#context;
    this.#cancelAlarm = clock.setAlarm(clock.nowMs() + monitorEveryMs, () => this.#discover());
  }

  #addFiles(files: readonly FoundFile[]): void {
    for (const file of files) {
      if (this.#seen.has(file.uri)) continue;
      if (this.#options.monitorEveryMs !== undefined) this.#seen.add(file.uri);
      this.#pending.push(...splitsOf(file, this.#options.splitBytes));
    }
  }

  #serve(): void {
    if (!this.#discovered) return;
    for (const reader of this.#waiting) {
      const split = this.#pending.shift();
      if (split === undefined && this.#options.monitorEveryMs !== undefined) return;
      this.#waiting.delete(reader);
      if (split === undefined) this.#context.noMoreSplits(reader);
      else this.#context.assign(reader, [split]);
    }
  }
}
