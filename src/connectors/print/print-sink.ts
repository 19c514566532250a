import { inspect } from "node:util";
import type { Sink, SinkWriter, SinkWriterContext, WriterSnapshot } from "../sink.ts";

/** More than this waiting for a slow terminal or pipe, and the task has to wait too. */
const UNWRITTEN_BYTES_MAX = 1024 * 1024;

/**
 * Prints each record on a line of its own, strings as they are and all else as JSON. The line starts with the prefix, and with the
 * number of the subtask, counted from 1, where there are several. Records that come again after a restart are printed again.
 *
 * @example
 * new PrintSink("late"); // late:2> {"user":"ada"}     at parallelism 1: late> {"user":"ada"}
 */
export class PrintSink<T = unknown> implements Sink<T> {
  readonly guarantee = "at-least-once";
  readonly #prefix: string;
  readonly #write: ((line: string) => void) | undefined;

  /** @param write - takes each line, its line feed included; the process's standard output by default. */
  constructor(prefix = "", write?: (line: string) => void) {
    this.#prefix = prefix;
    this.#write = write;
  }

  createWriter(context: SinkWriterContext): SinkWriter<T> {
    const start = lineStart(this.#prefix, context);
    return this.#write === undefined ? new StandardOutputWriter(context, start) : new LineWriter(start, this.#write);
  }
}

class LineWriter<T> implements SinkWriter<T> {
  readonly #start: string;
  readonly #write: (line: string) => void;

  constructor(start: string, write: (line: string) => void) {
    this.#start = start;
    this.#write = write;
  }

  write(value: T): void {
    this.#write(`${this.#start}${printed(value)}\n`);
  }

  async snapshot(): Promise<WriterSnapshot<never, never>> {
    return { committables: [], state: [] };
  }

  async close(): Promise<void> {}
}

class StandardOutputWriter<T> extends LineWriter<T> {
  readonly #wake: () => void;

  constructor(context: SinkWriterContext, start: string) {
    super(start, (line) => void process.stdout.write(line));
    this.#wake = () => context.wake();
  }

  available(): boolean {
    if (process.stdout.writableLength < UNWRITTEN_BYTES_MAX) return true;
    if (!process.stdout.listeners("drain").includes(this.#wake)) process.stdout.once("drain", this.#wake);
    return false;
  }

  override async close(): Promise<void> {
    process.stdout.off("drain", this.#wake);
  }
}

function lineStart(prefix: string, { subtaskIndex, parallelism }: SinkWriterContext): string {
  const subtask = parallelism > 1 ? String(subtaskIndex + 1) : "";
  const label = prefix !== "" && subtask !== "" ? `${prefix}:${subtask}` : prefix + subtask;
  return label === "" ? "" : `${label}> `;
}

function printed(value: unknown): string {
  if (typeof value === "string") return value;
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    // Printing is for looking at things: a bigint or a cycle is shown rather than failing the job.
    return inspect(value, { breakLength: Number.POSITIVE_INFINITY });
  }
}
