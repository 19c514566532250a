import type { Schema } from "../codec/schema.ts";
import type { KeyGroupRange } from "../core/key-group.ts";
import type { KeyedStateDescriptor, StateOf } from "./descriptors.ts";

/** What a window keeps apart from other windows of the same key: the bounds of the window. */
export interface Namespace {
  readonly start: number;
  readonly end: number;
}

/** A state that exists once per key and window. `select` names the window that the next calls mean. */
export type Windowed<State> = State & {
  select(window: Namespace): void;
  /** Moves the contents of `sources` into `target`, for windows that have merged (list, reducing and aggregating state only). */
  mergeWindows(target: Namespace, sources: readonly Namespace[]): void;
};

/**
 * An accumulator per key and slice of time, for windows that share slices. A slice is named by one number, its end.
 * `get` and `put` mean the current key; `visit` goes over all keys of this subtask, key group by key group.
 */
export interface SliceState<ACC> {
  get(slice: number): ACC | undefined;
  put(slice: number, accumulator: ACC): void;
  /** The slices that hold anything, ascending. */
  slices(): readonly number[];
  /**
   * For each key that has anything in any of `slices`: its accumulators combined in the order of `slices`, passed to `visitor` with
   * that key made the current one. What is kept is not changed: `combine` gets a fresh or copied accumulator first.
   */
  visit(
    slices: readonly number[],
    combine: (a: ACC, b: ACC) => ACC,
    visitor: (key: unknown, accumulator: ACC) => void,
  ): void;
  drop(slice: number): void;
}

/** Timers of one domain (event time or processing time): at most one per key, window and timestamp. */
export interface TimerQueue {
  /** For the current key. Registering twice is registering once. */
  register(timestampMs: number, window?: Namespace): void;
  delete(timestampMs: number, window?: Namespace): void;
  /** The earliest timestamp that is registered; `MAX_TIMESTAMP + 1` where there is none. */
  nextTimestampMs(): number;
  /**
   * Removes and fires every timer with a timestamp <= `timestampMs`, in order of time, its key made the current one. A timer that
   * `fire` registers and that is due already fires in the same call.
   */
  fireUntil(timestampMs: number, fire: (timestampMs: number, window: Namespace | undefined) => void): void;
  readonly size: number;
}

export type StateKind = KeyedStateDescriptor["kind"] | "slices" | "timers";

/** What a program says of the type of a state's values. As long as it says the same, stored values are taken to be of that type. */
export interface DeclaredType {
  readonly schema?: Schema;
  /** The type of the initial value, or of a new accumulator. */
  readonly initial?: Schema;
  readonly version?: number;
  /** Of what windows hold: which windows those are. */
  readonly windows?: string;
}

/** What a snapshot says about one state, for a restore, a person or a tool to compare. */
export interface StateDescription {
  readonly name: string;
  readonly kind: StateKind;
  readonly windowed: boolean;
  readonly ttl: boolean;
  /** The types of keys and values as declared or as learned from what was written. */
  readonly keySchema: Schema;
  readonly valueSchema: Schema;
  /** What the program said of it that had opened it last; undefined where it said nothing. */
  readonly declaredType?: DeclaredType;
}

/** How much of one state a snapshot holds. */
export interface StateFootprint {
  readonly name: string;
  readonly kind: StateKind;
  readonly windowed: boolean;
  readonly ttl: boolean;
  /** Keys; where the state is divided further, windows, slices or timers of keys. */
  readonly entries: number;
  readonly bytes: number;
}

/** A piece of a frozen state: bytes, perhaps none, that follow the earlier pieces of the same key group. */
export interface FrozenPiece {
  readonly keyGroup: number;
  readonly bytes: Uint8Array;
}

/** All keyed state of one operator's subtask as it was at a barrier, while the stream goes on changing it. */
export interface FrozenKeyedState {
  /**
   * The next piece, key groups in ascending order; about `entriesMax` entries of work. Undefined: nothing is left.
   *
   * @throws {MillraceError} `VALUE_NOT_ENCODABLE`, `SCHEMA_MISMATCH`, naming the state; the frozen state is then released.
   */
  next(entriesMax: number): FrozenPiece | undefined;
  /** What the pieces hold. Complete once `next` has returned undefined. */
  describe(): readonly StateDescription[];
  /** What each state takes of the pieces. Complete once `next` has returned undefined. */
  footprints(): readonly StateFootprint[];
  /** Gives up: the state stops saving old values for this snapshot. */
  release(): void;
}

/** A file of a back end's own. */
export interface StateFile {
  readonly name: string;
  readonly path: string;
  /** It never changes, and this back end never gives its name to another: whoever has a copy needs no second one. */
  readonly isFinal: boolean;
}

/** All keyed state of one operator's subtask as it was at a barrier, in files of the back end's own format. */
export interface FrozenFiles {
  /** The name of the format. */
  readonly format: "rocksdb";
  /** Resolves when the files are there, all in one folder, where they stay until `release`. */
  readonly files: Promise<readonly StateFile[]>;
  describe(): readonly StateDescription[];
  /** Bytes are an estimate, from a sample of the entries: what counts is how the states compare. */
  footprints(): readonly StateFootprint[];
  release(): void;
}

/**
 * Keeps the keyed state of one operator's subtask. One thread, one current key. Implementations: heap, and later RocksDB; all pass
 * `keyed-state-backend.contract.ts`, and all write the same bytes, so that a snapshot of one restores on another.
 */
export interface KeyedStateBackend {
  readonly keyGroups: KeyGroupRange;
  readonly maxParallelism: number;
  /** @throws {MillraceError} `NULL_KEY`, `INVALID_KEY`. */
  setCurrentKey(key: unknown): void;
  /** The key of the record or timer at hand. @throws {MillraceError} `STATE_OUTSIDE_KEY` before the first. */
  currentKey(): unknown;

  /** @throws {MillraceError} `STATE_INCOMPATIBLE` when restored state of that name is of another kind or type; `STATE_DUPLICATE`. */
  open<D extends KeyedStateDescriptor>(name: string, descriptor: D): StateOf<D>;
  openWindowed<D extends KeyedStateDescriptor>(name: string, descriptor: D): Windowed<StateOf<D>>;
  openSlices<ACC>(name: string, copy: (accumulator: ACC) => ACC, schema?: Schema): SliceState<ACC>;
  openTimers(name: string): TimerQueue;
  /** Has snapshots say of the open state `name` which windows it belongs to. */
  tellWindows(name: string, windows: string): void;
  /** Calls `visitor` once for every key that has anything in the state called `name`, made the current key; the one before follows. */
  forEachKey(name: string, visitor: (key: unknown) => void): void;

  /** The states that a restore has brought, that hold anything for these key groups, and that nobody has opened. */
  unopened(): readonly StateDescription[];

  /** Takes in snapshots; pieces of key groups outside `keyGroups` are passed over. Called before anything is opened. */
  restore(states: readonly StateDescription[], pieces: Iterable<FrozenPiece>): void;
  /** Freezes in constant time. A previous freeze that has not been read to its end or released is first read to its end, into memory. */
  freeze(): FrozenKeyedState;

  /** The same as files; undefined where the state is to be saved in pieces. */
  freezeFiles?(): FrozenFiles | undefined;
  /** Takes over a folder with such files of the same key groups. Called instead of `restore`. */
  restoreFiles?(states: readonly StateDescription[], folder: string): void;

  /** Entries over all states, for metrics. */
  entryCount(): number;
  dispose(): void;
}
