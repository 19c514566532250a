import { invariant } from "../../core/invariant.ts";
import type { FrozenKeyedState, FrozenPiece, StateDescription, StateFootprint } from "../keyed-state-backend.ts";
import { describeState, footprintOf, type StateLayout } from "../snapshot-format.ts";
import type { FreezeLedger } from "./freeze-ledger.ts";
import type { KeyContext } from "./key-context.ts";
import type { HeapStorage } from "./storage.ts";

const NO_BYTES = new Uint8Array(0);

/**
 * Reads the frozen state in slices: first what must be sorted by key group (timers), then key group by key group what was kept,
 * and state by state what the tables still hold. What was saved before a change is in the key group's writer already.
 */
export class FrozenHeapState implements FrozenKeyedState {
  readonly #storages: readonly (HeapStorage & { readonly layout: StateLayout })[];
  readonly #context: KeyContext;
  readonly #ledger: FreezeLedger;
  #phase: "reading" | "complete" | "released" = "reading";
  #distributing = 0;
  #group = 0;
  #storage = 0;
  /** Pieces read ahead because the next freeze came first. */
  #ahead: FrozenPiece[] = [];
  #descriptions: readonly StateDescription[] | undefined;
  #footprints: readonly StateFootprint[] | undefined;

  constructor(
    storages: readonly (HeapStorage & { readonly layout: StateLayout })[],
    context: KeyContext,
    ledger: FreezeLedger,
  ) {
    this.#storages = storages;
    this.#context = context;
    this.#ledger = ledger;
  }

  next(entriesMax: number): FrozenPiece | undefined {
    if (this.#ahead.length > 0) return this.#ahead.shift();
    return this.#phase === "reading" ? this.#readOrRelease(Math.max(1, entriesMax)) : undefined;
  }

  describe(): readonly StateDescription[] {
    return this.#descriptions ?? this.#storages.map(({ layout }) => describeState(layout, this.#ledger.usedWriters));
  }

  footprints(): readonly StateFootprint[] {
    return (
      this.#footprints ?? this.#storages.map(({ layout, size }) => footprintOf(layout, size, this.#ledger.usedWriters))
    );
  }

  release(): void {
    this.#ahead = [];
    if (this.#phase !== "reading") return;
    this.#end("released");
  }

  /** Reads what is left into memory, so that the state can be frozen anew. */
  readAhead(): void {
    while (this.#phase === "reading") {
      const piece = this.#readOrRelease(Number.POSITIVE_INFINITY);
      if (piece !== undefined) this.#ahead.push(piece);
    }
  }

  /** A snapshot that cannot be read is given up: what has been written of it is of no use. */
  #readOrRelease(entriesMax: number): FrozenPiece | undefined {
    try {
      return this.#read(entriesMax);
    } catch (error) {
      this.release();
      throw error;
    }
  }

  #read(entriesMax: number): FrozenPiece | undefined {
    let left = entriesMax - this.#distribute(entriesMax);
    while (this.#group < this.#context.groupCount) {
      const group = this.#group;
      if (left <= 0) return this.#piece(group, this.#ledger.takeBytes(group) ?? NO_BYTES);
      const count = this.#scan(group, left);
      left -= count;
      if (count > 0) continue;
      this.#group++;
      this.#storage = 0;
      const bytes = this.#ledger.takeBytes(group);
      if (bytes !== undefined) return this.#piece(group, bytes);
    }
    invariant(this.#ledger.isEmpty, "everything that was saved for a snapshot is in it");
    this.#end("complete");
    return undefined;
  }

  #distribute(entriesMax: number): number {
    let count = 0;
    while (this.#distributing < this.#storages.length && count < entriesMax) {
      const done = this.#storages[this.#distributing]!.distribute(entriesMax - count);
      if (done === 0) this.#distributing++;
      count += done;
    }
    return count;
  }

  #scan(group: number, entriesMax: number): number {
    const writer = this.#ledger.writer(group);
    const kept = this.#ledger.scanKept(group, writer, entriesMax);
    if (kept > 0) return kept;
    for (; this.#storage < this.#storages.length; this.#storage++) {
      const count = this.#storages[this.#storage]!.scan(group, writer, entriesMax);
      if (count > 0) return count;
    }
    return 0;
  }

  #piece(group: number, bytes: Uint8Array): FrozenPiece {
    return { keyGroup: this.#context.keyGroups.start + group, bytes };
  }

  #end(phase: "complete" | "released"): void {
    this.#descriptions = this.describe();
    this.#footprints = this.footprints();
    this.#phase = phase;
    this.#ledger.end();
    for (const storage of this.#storages) storage.endScan();
  }
}
