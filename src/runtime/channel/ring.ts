import { invariant } from "../../core/invariant.ts";

/** Header words: bytes written and bytes read, both counted modulo 2^32; bytes that the reader holds outside the ring; whether it has closed it. */
const WRITTEN = 0;
const READ = 1;
const HELD = 2;
const CLOSED = 3;
const HEADER_WORDS = 4;
const HEADER_BYTES = 64;

/** A length word with this value says: the rest up to the end of the ring is empty, go on at its start. */
const WRAP = 0xffffffff;

/**
 * A byte queue in shared memory for one writing and one reading thread. Messages are contiguous, each behind its length;
 * credit is the free space.
 *
 *     | length | message | length | message | ... free ... |
 *     ▲ read                                ▲ written
 */
export class Ring {
  readonly #words: Int32Array;
  readonly #lengths: Uint32Array;
  readonly #bytes: Uint8Array;
  readonly #capacity: number;

  constructor(memory: SharedArrayBuffer) {
    this.#capacity = memory.byteLength - HEADER_BYTES;
    invariant((this.#capacity & (this.#capacity - 1)) === 0, "a ring's capacity is a power of two", {
      capacity: this.#capacity,
    });
    this.#words = new Int32Array(memory, 0, HEADER_WORDS);
    this.#lengths = new Uint32Array(memory, HEADER_BYTES, this.#capacity >>> 2);
    this.#bytes = new Uint8Array(memory, HEADER_BYTES, this.#capacity);
  }

  /** `capacityBytes` is a power of two. */
  static allocate(capacityBytes: number): SharedArrayBuffer {
    return new SharedArrayBuffer(HEADER_BYTES + capacityBytes);
  }

  /** The longest message that is certain to fit into an empty ring, whatever its position. */
  get messageBytesMax(): number {
    return (this.#capacity >>> 1) - 8;
  }

  get usedBytes(): number {
    return (Atomics.load(this.#words, WRITTEN) - Atomics.load(this.#words, READ)) >>> 0;
  }

  /** Whether there is so much room that it is worth waking a writer: with less it would soon sleep again. */
  get isHalfFree(): boolean {
    return this.usedBytes <= this.#capacity >>> 1;
  }

  get isEmpty(): boolean {
    return Atomics.load(this.#words, WRITTEN) === Atomics.load(this.#words, READ);
  }

  /** The reader tells how many bytes it has taken out before their turn. */
  hold(bytes: number): void {
    Atomics.store(this.#words, HELD, bytes);
  }

  /**
   * The reader holds so much beside the ring that its writer should wait, or what is on its way would grow by a ring with each checkpoint.
   * Half a ring, so that the writer goes on before the reader has nothing left.
   */
  get holdsTooMuch(): boolean {
    return Atomics.load(this.#words, HELD) > this.#capacity >>> 1;
  }

  /** The reader takes nothing any more. */
  close(): void {
    Atomics.store(this.#words, CLOSED, 1);
  }

  get isClosed(): boolean {
    return Atomics.load(this.#words, CLOSED) === 1;
  }

  /** Appends a message made of `kind` and `payload`. @returns false, and does nothing, where there is no room. */
  offer(kind: number, payload: Uint8Array): boolean {
    const written = Atomics.load(this.#words, WRITTEN) >>> 0;
    const used = (written - (Atomics.load(this.#words, READ) >>> 0)) >>> 0;
    const needed = roundUp(8 + payload.length);
    const position = written & (this.#capacity - 1);
    const toEnd = this.#capacity - position;
    const skipped = needed > toEnd ? toEnd : 0;
    if (used + skipped + needed > this.#capacity) return false;
    if (skipped > 0) this.#lengths[position >>> 2] = WRAP;
    const start = skipped > 0 ? 0 : position;
    this.#lengths[start >>> 2] = payload.length;
    this.#lengths[(start >>> 2) + 1] = kind;
    this.#bytes.set(payload, start + 8);
    Atomics.store(this.#words, WRITTEN, (written + skipped + needed) | 0);
    return true;
  }

  /** Shows the oldest message to `look`, and leaves it where it is. @returns what `look` says; undefined where there is none. */
  peek<R>(look: (kind: number, bytes: Uint8Array, offset: number) => R): R | undefined {
    if (this.isEmpty) return undefined;
    const position = Atomics.load(this.#words, READ) & (this.#capacity - 1);
    const start = this.#lengths[position >>> 2] === WRAP ? 0 : position;
    return look(this.#lengths[(start >>> 2) + 1]!, this.#bytes, start + 8);
  }

  /** Hands the oldest message to `take` and frees its room afterwards; the bytes are valid only during the call. @returns false where there is none. */
  poll(take: (kind: number, bytes: Uint8Array, offset: number, length: number) => void): boolean {
    let read = Atomics.load(this.#words, READ) >>> 0;
    if (Atomics.load(this.#words, WRITTEN) >>> 0 === read) return false;
    let position = read & (this.#capacity - 1);
    if (this.#lengths[position >>> 2] === WRAP) {
      read = (read + this.#capacity - position) >>> 0;
      position = 0;
    }
    const length = this.#lengths[position >>> 2]!;
    const kind = this.#lengths[(position >>> 2) + 1]!;
    invariant(length <= this.#capacity - position - 8, "a message lies within its ring", { length, position });
    take(kind, this.#bytes, position + 8, length);
    Atomics.store(this.#words, READ, (read + roundUp(8 + length)) | 0);
    return true;
  }
}

/** Messages start at multiples of 8, so that columns of numbers may be aligned. */
function roundUp(length: number): number {
  return (length + 7) & ~7;
}
