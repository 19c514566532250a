import type { Output } from "../operator.ts";
import type { AsyncCall } from "./async-call.ts";

/** Calls between two marks, and the mark behind them, which waits until all of them have a result. */
interface Segment<IN, OUT> {
  /** How many of them have no result yet. */
  open: number;
  /** Those that have, and wait for the segment's turn. */
  done: AsyncCall<IN, OUT>[];
  /** The latest, where nothing came between two. */
  watermarkMs: number | undefined;
  idle: boolean | undefined;
}

/**
 * Decides when a result is put out. Watermarks and idleness keep their place, and no result crosses them. Between two of them results are
 * put out as they come; ordered ones have a segment each.
 *
 *     b, then a and W are put out     ◀──  a b | W | c d | W'
 *     c waits for W, and W' for d          done: b, then c, then a
 */
export class CallsInOrder<IN, OUT> {
  readonly #ordered: boolean;
  readonly #output: Output<OUT>;
  /** The first one's turn it is; the last one takes what comes. */
  readonly #segments: Segment<IN, OUT>[] = [newSegment()];
  readonly #segmentOf = new Map<AsyncCall<IN, OUT>, Segment<IN, OUT>>();

  constructor(ordered: boolean, output: Output<OUT>) {
    this.#ordered = ordered;
    this.#output = output;
  }

  /** Calls whose result has not been put out. */
  get size(): number {
    return this.#segmentOf.size;
  }

  /** The same, in the order of their arrival. */
  calls(): Iterable<AsyncCall<IN, OUT>> {
    return this.#segmentOf.keys();
  }

  add(call: AsyncCall<IN, OUT>): void {
    const last = this.#segments.at(-1)!;
    last.open++;
    this.#segmentOf.set(call, last);
    if (this.#ordered) this.#segments.push(newSegment());
  }

  watermark(timestampMs: number): void {
    this.#closing().watermarkMs = timestampMs;
    this.#advance();
  }

  idle(idle: boolean): void {
    this.#closing().idle = idle;
    this.#advance();
  }

  /** The call has its result: puts out all that no longer waits for anything. */
  complete(call: AsyncCall<IN, OUT>): void {
    const segment = this.#segmentOf.get(call)!;
    segment.open--;
    if (segment === this.#segments[0]) this.#putOut(call);
    else segment.done.push(call);
    this.#advance();
  }

  /** The segment that ends where the input is now. */
  #closing(): Segment<IN, OUT> {
    const last = this.#segments.at(-1)!;
    const before = this.#segments.at(-2);
    if (before !== undefined && last.open + last.done.length === 0) return before;
    this.#segments.push(newSegment());
    return last;
  }

  #advance(): void {
    while (this.#segments.length > 1 && this.#segments[0]!.open === 0) {
      putOutMark(this.#segments.shift()!, this.#output);
      const { done } = this.#segments[0]!;
      for (const call of done) this.#putOut(call);
      done.length = 0;
    }
  }

  #putOut(call: AsyncCall<IN, OUT>): void {
    this.#segmentOf.delete(call);
    this.#output.emit(call.result as OUT, call.timestampMs);
  }
}

function newSegment<IN, OUT>(): Segment<IN, OUT> {
  return { open: 0, done: [], watermarkMs: undefined, idle: undefined };
}

/** Who is no longer idle says so before its watermark counts. */
function putOutMark<IN, OUT>({ watermarkMs, idle }: Segment<IN, OUT>, output: Output<OUT>): void {
  if (idle === false) output.emitIdle(false);
  if (watermarkMs !== undefined) output.emitWatermark(watermarkMs);
  if (idle === true) output.emitIdle(true);
}
