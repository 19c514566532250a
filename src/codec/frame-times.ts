import { MIN_TIMESTAMP } from "../core/time.ts";
import { type ByteReader, corrupt } from "./byte-reader.ts";
import { aligned, type FrameTarget } from "./frame-format.ts";

/** How timestamps are written: not at all (no record has one), one for all, offsets from the earliest, or in full. */
const NONE = 0;
const SAME = 1;
const OFFSETS = 2;
const FULL = 3;

const FIRST_CAPACITY = 64;

/** The timestamps of a frame's records, written in as few bytes as their range allows. */
export class FrameTimes {
  count = 0;
  /** Set by `measure`: how they are to be written, and the bytes it takes. */
  kind: number = NONE;
  size = 0;
  #times = new Float64Array(FIRST_CAPACITY);
  #offsets = new Uint32Array(FIRST_CAPACITY);
  #earliest = 0;

  add(timestampMs: number): void {
    if (this.count === this.#times.length) this.#grow();
    this.#times[this.count++] = timestampMs;
  }

  measure(): void {
    const times = this.#times;
    const { count } = this;
    let earliest = times[0]!;
    let latest = earliest;
    for (let i = 1; i < count; i++) {
      const time = times[i]!;
      if (time < earliest) earliest = time;
      if (time > latest) latest = time;
    }
    this.#earliest = earliest;
    if (!this.#haveOffsets()) {
      this.kind = FULL;
      this.size = 8 * count;
    } else if (earliest === latest || count === 0) {
      this.kind = earliest === MIN_TIMESTAMP || count === 0 ? NONE : SAME;
      this.size = this.kind === NONE ? 0 : 8;
    } else {
      this.kind = OFFSETS;
      this.size = 8 + aligned(4 * count);
    }
  }

  /** Writes what `measure` has measured. */
  writeInto(target: FrameTarget, at: number): void {
    if (this.kind === FULL) {
      target.bytes(at, new Uint8Array(this.#times.buffer, 0, 8 * this.count));
      return;
    }
    if (this.kind !== NONE) target.float64(at, this.#earliest);
    if (this.kind === OFFSETS) target.bytes(at + 8, new Uint8Array(this.#offsets.buffer, 0, 4 * this.count));
  }

  /** Whether each is a whole number of at most 32 bits after the earliest. NaN and fractions are not. */
  #haveOffsets(): boolean {
    const times = this.#times;
    const offsets = this.#offsets;
    const earliest = this.#earliest;
    for (let i = 0; i < this.count; i++) {
      const offset = times[i]! - earliest;
      offsets[i] = offset;
      if (offsets[i] !== offset) return false;
    }
    return true;
  }

  #grow(): void {
    const times = new Float64Array(2 * this.count);
    times.set(this.#times);
    this.#times = times;
    this.#offsets = new Uint32Array(2 * this.count);
  }
}

/** Whether timestamps that were written as `kind` begin with the earliest of them. */
export function startsWithEarliest(kind: number): boolean {
  return kind === SAME || kind === OFFSETS;
}

/** Reads `count` timestamps that were written as `kind`. */
export function readTimes(input: ByteReader, kind: number, count: number): Float64Array {
  const times = new Float64Array(count);
  switch (kind) {
    case NONE:
      return times.fill(MIN_TIMESTAMP);
    case SAME:
      return times.fill(input.float64());
    case OFFSETS: {
      const earliest = input.float64();
      const start = input.skip(aligned(4 * count));
      for (let i = 0; i < count; i++) times[i] = earliest + input.view.getUint32(start + 4 * i, true);
      return times;
    }
    case FULL: {
      const start = input.skip(8 * count);
      for (let i = 0; i < count; i++) times[i] = input.view.getFloat64(start + 8 * i, true);
      return times;
    }
    default:
      throw corrupt(`timestamps of kind ${kind}`, input.position);
  }
}
