import { keyHash, murmurInt, sameKey } from "../../core/key-group.ts";
import type { Namespace } from "../keyed-state-backend.ts";
import type { FreezeLedger } from "./freeze-ledger.ts";
import { GOLDEN, hashInWindow } from "./table.ts";

/** Buckets up to this many timers are searched from end to end; larger ones get an index. */
const INDEX_FROM = 8;
/** Deleted timers are swept out when there are more of them than this and than others. */
const SWEEP_FROM = 32;

/** In the place of a timer that was deleted. */
export const DELETED: unique symbol = Symbol("deleted timer");

/** Replaced by the first key: most buckets never have a second one, and pushing to an empty list makes room for many. */
const NO_KEYS: unknown[] = [];

/** The part of a bucket's lists that belongs to the snapshot under way; `at` is how far it has been read. */
export interface FrozenTimers {
  readonly keys: readonly unknown[];
  readonly windows: readonly (Namespace | undefined)[] | undefined;
  readonly end: number;
  at: number;
}

/**
 * The timers of one timestamp, in the order they were registered; those before `next` have fired.
 *
 *     keys    a  b  ×  c  d        × deleted
 *             └ fired  ↑ next
 *
 * At the first change after a freeze the bucket remembers how many timers it had. New ones come behind those; a deletion among
 * them first takes a copy of the lists. So a freeze costs nothing, whatever fires or is registered afterwards.
 */
export class TimerBucket {
  readonly timestampMs: number;
  readonly #ledger: FreezeLedger;
  #keys: unknown[] = NO_KEYS;
  /** Only once a timer has a window. */
  #windows: (Namespace | undefined)[] | undefined;
  #next = 0;
  /** Timers neither fired nor deleted. */
  #count = 0;
  #index: PositionIndex | undefined;

  /** The ledger's version: `#frozen` is about the snapshot under way. */
  #version: number;
  #frozen: FrozenTimers | undefined;

  constructor(timestampMs: number, ledger: FreezeLedger) {
    this.timestampMs = timestampMs;
    this.#ledger = ledger;
    this.#version = ledger.version;
  }

  get count(): number {
    return this.#count;
  }

  /** @returns false if it is there already. */
  add(key: unknown, window: Namespace | undefined, hash: number): boolean {
    if (this.#find(key, window, hash) >= 0) return false;
    this.#beforeChange();
    if (window !== undefined) this.#windows ??= new Array<undefined>(this.#keys.length).fill(undefined);
    if (this.#keys.length === 0) this.#keys = [key];
    else this.#keys.push(key);
    this.#windows?.push(window);
    this.#count++;
    if (this.#index !== undefined) this.#index.add(hash, this.#keys.length - 1);
    else if (this.#keys.length > INDEX_FROM) this.#buildIndex();
    return true;
  }

  /** @returns whether it was there. */
  delete(key: unknown, window: Namespace | undefined, hash: number): boolean {
    const position = this.#find(key, window, hash);
    if (position < 0) return false;
    this.#beforeChange();
    if (this.#frozen?.keys === this.#keys) this.#copyLists();
    this.#keys[position] = DELETED;
    this.#count--;
    const deletedCount = this.#keys.length - this.#next - this.#count;
    if (deletedCount > SWEEP_FROM && deletedCount > this.#count) this.#sweep();
    return true;
  }

  /** Takes out the next timer; there is one while `count > 0`. @returns its position, for `keyAt` and `windowAt` until the next change. */
  shift(): number {
    this.#beforeChange();
    while (this.#keys[this.#next] === DELETED) this.#next++;
    this.#count--;
    return this.#next++;
  }

  keyAt(position: number): unknown {
    return this.#keys[position];
  }

  windowAt(position: number): Namespace | undefined {
    return this.#windows?.[position];
  }

  forEach(visit: (key: unknown, window: Namespace | undefined) => void): void {
    const keys = this.#keys;
    const windows = this.#windows;
    for (let i = this.#next; i < keys.length; i++) if (keys[i] !== DELETED) visit(keys[i], windows?.[i]);
  }

  /** What the snapshot under way has still to read here. */
  frozen(): FrozenTimers | undefined {
    this.#beforeChange();
    return this.#frozen;
  }

  /** The snapshot has read it all. */
  thaw(): void {
    this.#frozen = undefined;
  }

  #find(key: unknown, window: Namespace | undefined, hash: number): number {
    if (this.#index === undefined) {
      for (let i = this.#next; i < this.#keys.length; i++) if (this.#isAt(i, key, window)) return i;
      return -1;
    }
    return this.#index.find(hash, (position) => this.#isAt(position, key, window));
  }

  #isAt(position: number, key: unknown, window: Namespace | undefined): boolean {
    if (position < this.#next) return false;
    const found = this.#keys[position];
    if (found !== key && !(typeof key === "object" && sameKey(key, found))) return false;
    const own = this.#windows?.[position];
    return own === window || (own !== undefined && own.start === window?.start && own.end === window.end);
  }

  #beforeChange(): void {
    if (this.#version === this.#ledger.version) return;
    this.#version = this.#ledger.version;
    const isFrozen = this.#ledger.active && this.#count > 0;
    this.#frozen = isFrozen
      ? { keys: this.#keys, windows: this.#windows, end: this.#keys.length, at: this.#next }
      : undefined;
  }

  #copyLists(): void {
    this.#keys = this.#keys.slice();
    this.#windows = this.#windows?.slice();
  }

  #sweep(): void {
    const keys: unknown[] = [];
    const windows: (Namespace | undefined)[] = [];
    for (let i = this.#next; i < this.#keys.length; i++) {
      if (this.#keys[i] === DELETED) continue;
      keys.push(this.#keys[i]);
      windows.push(this.#windows?.[i]);
    }
    this.#keys = keys;
    this.#windows = this.#windows === undefined ? undefined : windows;
    this.#next = 0;
    this.#buildIndex();
  }

  #buildIndex(): void {
    const index = new PositionIndex();
    for (let i = this.#next; i < this.#keys.length; i++) {
      if (this.#keys[i] !== DELETED) index.add(timerHash(this.#keys[i], this.#windows?.[i]), i);
    }
    this.#index = index;
  }
}

/** The hash of a timer from that of its key. */
export function hashOfTimer(hash: number, window: Namespace | undefined): number {
  return window === undefined ? hash : hashInWindow(hash, window);
}

function timerHash(key: unknown, window: Namespace | undefined): number {
  return hashOfTimer(murmurInt(keyHash(key)), window);
}

/** Finds positions by hash: open addressing over pairs of hash and position + 1. Positions are never removed. */
class PositionIndex {
  #pairs = new Int32Array(64);
  #shift: number = 33 - Math.log2(64);
  #count = 0;

  add(hash: number, position: number): void {
    if (4 * this.#count >= this.#pairs.length) this.#grow();
    this.#put(hash, position + 1);
    this.#count++;
  }

  /** The position with that hash that `isIt`, or -1. */
  find(hash: number, isIt: (position: number) => boolean): number {
    const pairs = this.#pairs;
    const mask = pairs.length - 1;
    for (let at = this.#home(hash); ; at = (at + 2) & mask) {
      const found = pairs[at + 1]!;
      if (found === 0) return -1;
      if (pairs[at] === hash && isIt(found - 1)) return found - 1;
    }
  }

  #home(hash: number): number {
    return 2 * (Math.imul(hash, GOLDEN) >>> this.#shift);
  }

  #put(hash: number, stored: number): void {
    const pairs = this.#pairs;
    let at = this.#home(hash);
    while (pairs[at + 1] !== 0) at = (at + 2) & (pairs.length - 1);
    pairs[at] = hash;
    pairs[at + 1] = stored;
  }

  #grow(): void {
    const old = this.#pairs;
    this.#pairs = new Int32Array(2 * old.length);
    this.#shift--;
    for (let at = 0; at < old.length; at += 2) if (old[at + 1] !== 0) this.#put(old[at]!, old[at + 1]!);
  }
}
