import { MillraceError } from "../../core/errors.ts";
import { describeFault } from "../../core/fault-text.ts";
import type { PollStatus, ReaderOutput, SourceReader, SourceReaderContext } from "../source.ts";

/** The one split of an input that has no positions. */
export interface WholeInput {
  readonly splitId: string;
}

/** Items that may lie here unread; more would only hide that the job is slower than its input. */
const PULLED_AHEAD_MAX = 128;

/**
 * Reads an async iterator whose items each hold any number of records (`recordsOf` emits them). One item is pulled at a time; an
 * item that is partly emitted does not exist: its records are emitted in one poll.
 */
export class PullingReader<Item, T> implements SourceReader<T, WholeInput> {
  readonly #context: SourceReaderContext;
  readonly #open: () => AsyncIterator<Item>;
  readonly #recordsOf: (item: Item, emit: (value: T) => void) => void;
  readonly #pulled: Item[] = [];
  #split: WholeInput | undefined;
  #iterator: AsyncIterator<Item> | undefined;
  #isPulling = false;
  #ended = false;
  #noMoreSplits = false;
  #closed = false;

  constructor(
    context: SourceReaderContext,
    open: () => AsyncIterator<Item>,
    recordsOf: (item: Item, emit: (value: T) => void) => void,
  ) {
    this.#context = context;
    this.#open = open;
    this.#recordsOf = recordsOf;
  }

  start(): void {}

  poll(output: ReaderOutput<T>, recordsMax: number): PollStatus {
    const split = this.#split;
    if (split === undefined) return this.#noMoreSplits ? "finished" : "nothing";
    const target = output.split(split.splitId);
    let left = recordsMax;
    const emit = (value: T): void => {
      left--;
      target.collect(value);
    };
    while (left > 0) {
      if (this.#pulled.length === 0) {
        if (this.#ended) {
          this.#split = undefined;
          output.releaseSplit(split.splitId);
          return "more";
        }
        this.#pull();
        return "nothing";
      }
      this.#recordsOf(this.#pulled.shift() as Item, emit);
    }
    this.#pull();
    return "more";
  }

  addSplits(splits: readonly WholeInput[]): void {
    this.#split = splits[0];
    this.#context.wake();
  }

  noMoreSplits(): void {
    this.#noMoreSplits = true;
    this.#context.wake();
  }

  snapshot(_checkpointId: number): readonly WholeInput[] {
    return this.#split === undefined ? [] : [this.#split];
  }

  close(): void {
    this.#closed = true;
    if (this.#ended) return;
    // It may never answer, or fail: nobody is interested in what it says any more.
    Promise.resolve(this.#iterator?.return?.()).catch(() => undefined);
  }

  #pull(): void {
    if (this.#isPulling || this.#ended || this.#closed || this.#pulled.length >= PULLED_AHEAD_MAX) return;
    this.#isPulling = true;
    this.#context.runOutside(
      async () => {
        this.#iterator ??= this.#open();
        return await this.#iterator.next();
      },
      (result) => {
        this.#isPulling = false;
        if (result.done === true) this.#ended = true;
        else this.#pulled.push(result.value);
        this.#pull();
        this.#context.wake();
      },
      (cause) => {
        this.#ended = true;
        if (this.#closed) return;
        throw cause instanceof MillraceError ? cause : this.#failure(cause);
      },
    );
  }

  #failure(cause: unknown): MillraceError {
    return new MillraceError("SOURCE_FAILED", {
      message: `source "${this.#context.sourceName}" failed: ${describeFault(cause)}.`,
      advice: "The cause is the error of the iterable itself. What it gave before cannot be replayed.",
      next: "restart",
      cause,
    });
  }
}
