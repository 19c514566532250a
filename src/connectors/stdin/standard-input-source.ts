import { createReadStream } from "node:fs";
import { isMainThread } from "node:worker_threads";
import { PullingReader, type WholeInput } from "../async-iterable/pulling-reader.ts";
import { FixedSplitsEnumerator, type FixedSplitsState } from "../fixed-splits-enumerator.ts";
import type { Source, SourceReader, SourceReaderContext, SplitEnumerator, SplitEnumeratorContext } from "../source.ts";
import { linesOf } from "./lines-of.ts";

/**
 * The lines of the process's standard input, without their line ends, read by one subtask until the input ends. It cannot be
 * replayed: lines that were read before a failure are gone, so exactly-once ends at this source.
 *
 * @example
 * env.fromSource(StandardInputSource.lines(), WatermarkStrategy.noWatermarks(), "stdin"); // tail -f app.log | node job.js
 */
export class StandardInputSource implements Source<string, WholeInput, FixedSplitsState<WholeInput>> {
  readonly boundedness = "continuous";
  readonly replayable = false;
  readonly parallelismMax = 1;
  readonly #open: () => InputStream;
  /** One for all attempts of the job: a restarted one goes on with the lines that come next. */
  #lines: SharedLines | undefined;

  private constructor(open: () => InputStream) {
    this.#open = open;
  }

  /** @param open - gives the bytes to read instead of standard input; called once. */
  static lines(open: () => InputStream = standardInput): StandardInputSource {
    return new StandardInputSource(open);
  }

  createEnumerator(
    context: SplitEnumeratorContext<WholeInput>,
    restored: FixedSplitsState<WholeInput> | undefined,
  ): SplitEnumerator<WholeInput, FixedSplitsState<WholeInput>> {
    return new FixedSplitsEnumerator(context, () => [{ splitId: "stdin" }], restored);
  }

  createReader(context: SourceReaderContext): SourceReader<string, WholeInput> {
    const open = (): SharedLines => {
      this.#lines ??= new SharedLines(this.#open());
      return this.#lines;
    };
    return new PullingReader<readonly string[], string>(context, open, emitLines);
  }
}

/** A stream of bytes; `unref` lets the process end although more may come. */
export interface InputStream extends AsyncIterable<Uint8Array> {
  ref?(): unknown;
  unref?(): unknown;
}

/** Lines of an input that cannot be opened again. A reader that goes away in the middle of `next` leaves it to the one after it. */
class SharedLines implements AsyncIterator<readonly string[], undefined> {
  readonly #input: InputStream;
  readonly #lines: AsyncIterator<readonly string[], undefined>;
  #asked: Promise<IteratorResult<readonly string[], undefined>> | undefined;

  constructor(input: InputStream) {
    this.#input = input;
    this.#lines = linesOf(input);
  }

  next(): Promise<IteratorResult<readonly string[], undefined>> {
    this.#input.ref?.();
    this.#asked ??= this.#lines.next().finally(() => {
      this.#asked = undefined;
    });
    return this.#asked;
  }

  /** Keeps the input open for the next reader, without keeping the process alive for it. */
  async return(): Promise<IteratorResult<readonly string[], undefined>> {
    this.#input.unref?.();
    return { done: true, value: undefined };
  }
}

function emitLines(lines: readonly string[], emit: (line: string) => void): void {
  for (const line of lines) emit(line);
}

function standardInput(): InputStream {
  // A worker's process.stdin is not the process's own.
  return isMainThread ? process.stdin : createReadStream("", { fd: 0, autoClose: false });
}
