/**
 * The bytes of keyed state in a snapshot, the same for every back end.
 *
 *     section of a key group  =  run*                        any number of pieces, written one after the other
 *     run                     =  entry*  0                   shares one table of shapes; readable on its own
 *     entry                   =  state + 1 (uint)  key  [window]  body
 *     window                  =  start  end                  where the state is windowed
 *     body  value, reducing,
 *           aggregating       =  [time]  value
 *           list              =  count (uint)  ([time]  element)*
 *           map               =  (1  map key  [time]  value)*  0
 *           slices            =  slice  accumulator
 *           timers            =  timestamp  (0 | 1  window)
 *     time                    =  when it was written or refreshed, in milliseconds, where the state has a time to live
 *
 * `state` is the position of the state in the snapshot's list of descriptions. A list or map may come in several entries of the
 * same key, which add up in their order. The order of entries of different keys means nothing.
 */
import { mergeSchemas, NOTHING, type Schema } from "../codec/schema.ts";
import { ValueReader } from "../codec/value-reader.ts";
import { ValueType, ValueWriter } from "../codec/value-writer.ts";
import { MillraceError, RestoreError } from "../core/errors.ts";
import type { DeclaredType, Namespace, StateDescription, StateFootprint, StateKind } from "./keyed-state-backend.ts";

const END = 0;
const ROW = 1;

/** What the format must know of a state to write its entries. */
export interface StateLayout {
  /** Its position in the snapshot's list of descriptions. */
  readonly index: number;
  readonly name: string;
  readonly kind: StateKind;
  readonly windowed: boolean;
  readonly ttl: boolean;
  /** The declared type of its values (of a list's elements, of a map's values); undefined: learn it. */
  readonly declared: Schema | undefined;
  /** What the program says of their type, for the snapshot to tell; undefined where no program has opened the state. */
  readonly declaredType?: DeclaredType | undefined;
}

/** Describes a state with the types that `writers` have met. */
export function describeState(state: StateLayout, writers: Iterable<EntryWriter>): StateDescription {
  const { name, kind, windowed, ttl } = state;
  let keySchema = NOTHING;
  let mapKeys = NOTHING;
  let valueSchema = state.declared ?? NOTHING;
  for (const writer of writers) {
    const types = writer.typesOf(state);
    keySchema = merged(keySchema, types.keys.schema());
    mapKeys = merged(mapKeys, types.mapKeys.schema());
    if (state.declared === undefined) valueSchema = merged(valueSchema, types.values.schema());
  }
  if (kind === "timers") valueSchema = { type: "number" };
  if (kind === "map") valueSchema = { type: "map", keys: mapKeys, values: valueSchema };
  const declaredType = state.declaredType === undefined ? {} : { declaredType: state.declaredType };
  return { name, kind, windowed, ttl, keySchema, valueSchema, ...declaredType };
}

/** Writers know what they have learned, so that a snapshot mostly asks for what the one before has asked for. */
const mergesMade = new WeakMap<Schema, WeakMap<Schema, Schema>>();

function merged(a: Schema, b: Schema): Schema {
  let withA = mergesMade.get(a);
  if (withA === undefined) {
    withA = new WeakMap();
    mergesMade.set(a, withA);
  }
  let both = withA.get(b);
  if (both === undefined) {
    both = mergeSchemas(a, b);
    withA.set(b, both);
  }
  return both;
}

/** What `writers` have written of a state with so many entries, of which each may have come in several, since they began to count. */
export function footprintOf(state: StateLayout, entries: number, writers: Iterable<EntryWriter>): StateFootprint {
  const { name, kind, windowed, ttl } = state;
  let bytes = 0;
  for (const writer of writers) bytes += writer.typesOf(state).bytes;
  return { name, kind, windowed, ttl, entries, bytes };
}

/** The types that one writer has met in one state, and how much it has written of it. */
interface WrittenState {
  readonly keys: ValueType;
  readonly mapKeys: ValueType;
  readonly values: ValueType;
  bytes: number;
}

/**
 * Writes entries of one key group. `timeMs` and `times` count only where the state has a time to live.
 *
 * A value that cannot be written makes `take` fail, and nothing before: entries are also written while a program changes its state,
 * and a snapshot that fails is no reason for the program to.
 */
export class EntryWriter {
  readonly #writer: ValueWriter = new ValueWriter();
  /** By the state's index. */
  readonly #types: WrittenState[] = [];
  /** The state of the entry that is being written, and where that begins. */
  #current: WrittenState | undefined;
  #begunAt = 0;
  #entryCount = 0;
  /** The first failure; the bytes are then of no use. */
  #failure: { readonly state: StateLayout; readonly error: unknown } | undefined;

  /** Entries since the last `take`. */
  get entryCount(): number {
    return this.#entryCount;
  }

  /** Counts from 0 again, for another snapshot. */
  beginCount(): void {
    for (const types of this.#types) if (types !== undefined) types.bytes = 0;
  }

  typesOf(state: StateLayout): WrittenState {
    const known = this.#types[state.index];
    if (known !== undefined) return known;
    const values = new ValueType(state.declared);
    const types = { keys: new ValueType(), mapKeys: new ValueType(), values, bytes: 0 };
    this.#types[state.index] = types;
    return types;
  }

  value(state: StateLayout, key: unknown, window: Namespace | undefined, timeMs: number, value: unknown): void {
    const types = this.#begin(state, key, window);
    if (state.ttl) this.#writer.writeNumber(timeMs);
    this.#write(state, value, types.values);
  }

  list(
    state: StateLayout,
    key: unknown,
    window: Namespace | undefined,
    elements: readonly unknown[],
    times: readonly number[] | undefined,
  ): void {
    const types = this.#begin(state, key, window);
    this.#writer.writeUint(elements.length);
    for (let i = 0; i < elements.length; i++) {
      if (state.ttl) this.#writer.writeNumber(times![i]!);
      this.#write(state, elements[i], types.values);
    }
  }

  /** Begins a map's entry; `mapRow` and in the end `endMap` follow. */
  beginMap(state: StateLayout, key: unknown, window: Namespace | undefined): void {
    this.#begin(state, key, window);
  }

  mapRow(state: StateLayout, mapKey: unknown, timeMs: number, value: unknown): void {
    const types = this.typesOf(state);
    this.#writer.writeUint(ROW);
    this.#write(state, mapKey, types.mapKeys);
    if (state.ttl) this.#writer.writeNumber(timeMs);
    this.#write(state, value, types.values);
  }

  endMap(): void {
    this.#writer.writeUint(END);
  }

  slice(state: StateLayout, key: unknown, slice: number, accumulator: unknown): void {
    const types = this.#begin(state, key, undefined);
    this.#writer.writeNumber(slice);
    this.#write(state, accumulator, types.values);
  }

  timer(state: StateLayout, key: unknown, timestampMs: number, window: Namespace | undefined): void {
    this.#begin(state, key, undefined);
    this.#writer.writeNumber(timestampMs);
    this.#writer.writeUint(window === undefined ? 0 : 1);
    if (window !== undefined) this.#window(window);
  }

  /**
   * The run so far, which may follow earlier runs of its key group; a new one begins.
   *
   * @throws {MillraceError} `VALUE_NOT_ENCODABLE`, `SCHEMA_MISMATCH`, naming the state. The writer is then of no further use.
   */
  take(): Uint8Array {
    if (this.#failure !== undefined) throw notSavable(this.#failure.state, this.#failure.error);
    this.#endEntry();
    this.#writer.writeUint(END);
    const bytes = this.#writer.take();
    this.#writer.restart();
    this.#entryCount = 0;
    return bytes;
  }

  #begin(state: StateLayout, key: unknown, window: Namespace | undefined): WrittenState {
    this.#endEntry();
    const types = this.typesOf(state);
    this.#current = types;
    this.#begunAt = this.#writer.length;
    this.#entryCount++;
    this.#writer.writeUint(state.index + 1);
    this.#writer.write(key, types.keys);
    if (window !== undefined) this.#window(window);
    return types;
  }

  #endEntry(): void {
    if (this.#current !== undefined) this.#current.bytes += this.#writer.length - this.#begunAt;
    this.#current = undefined;
  }

  #write(state: StateLayout, value: unknown, type: ValueType): void {
    try {
      this.#writer.write(value, type);
    } catch (error) {
      this.#failure ??= { state, error };
    }
  }

  #window(window: Namespace): void {
    this.#writer.writeNumber(window.start);
    this.#writer.writeNumber(window.end);
  }
}

/** `error` about a value of `state`, naming that. */
export function notSavable(state: StateLayout, error: unknown): unknown {
  if (!(error instanceof MillraceError)) return error;
  const [what] = error.message.slice(error.code.length + 2).split("\n");
  const details = { message: `state "${state.name}" holds a value that cannot be saved: ${what}`, cause: error };
  return new MillraceError(error.code, error.advice === undefined ? details : { ...details, advice: error.advice });
}

/** One entry as read back. `timeMs` and `times` count only where the state has a time to live. */
export type SnapshotEntry = {
  /** Position in the snapshot's list of descriptions. */
  readonly state: number;
  readonly key: unknown;
  readonly window: Namespace | undefined;
} & (
  | { readonly body: "value"; readonly timeMs: number; readonly value: unknown }
  | { readonly body: "list"; readonly elements: readonly unknown[]; readonly times: readonly number[] }
  | { readonly body: "map"; readonly rows: readonly SnapshotMapRow[] }
  | { readonly body: "slice"; readonly slice: number; readonly accumulator: unknown }
  | { readonly body: "timer"; readonly timestampMs: number }
);

export interface SnapshotMapRow {
  readonly key: unknown;
  readonly timeMs: number;
  readonly value: unknown;
}

/** The entries of one key group's bytes: one piece, or several one after the other. */
export function* readEntries(bytes: Uint8Array, states: readonly StateDescription[]): Generator<SnapshotEntry> {
  const reader = new EntryReader(bytes, states);
  for (let entry = reader.next(); entry !== undefined; entry = reader.next()) yield entry;
}

/** The same one by one, for who wants to know where each lies. */
export class EntryReader {
  readonly #bytes: Uint8Array;
  readonly #states: readonly StateDescription[];
  #run: ValueReader | undefined;
  #position = 0;

  constructor(bytes: Uint8Array, states: readonly StateDescription[]) {
    this.#bytes = bytes;
    this.#states = states;
  }

  /** Where the entry that `next` has returned last ends. The first entry with values of a shape also holds that shape. */
  get position(): number {
    return this.#run?.position ?? this.#position;
  }

  /** The next entry; undefined at the end. */
  next(): SnapshotEntry | undefined {
    for (;;) {
      if (this.#run === undefined) {
        if (this.#position >= this.#bytes.length) return undefined;
        this.#run = new ValueReader(this.#bytes, this.#position);
      }
      const tag = this.#run.readUint();
      if (tag === END) {
        this.#position = this.#run.position;
        this.#run = undefined;
        continue;
      }
      const state = this.#states[tag - 1];
      if (state === undefined) throw unknownState(tag - 1, this.#states.length);
      return readEntry(this.#run, tag - 1, state);
    }
  }
}

function readEntry(reader: ValueReader, index: number, state: StateDescription): SnapshotEntry {
  const key = reader.read();
  const window = state.windowed ? readWindow(reader) : undefined;
  const time = (): number => (state.ttl ? reader.readNumber() : 0);
  switch (state.kind) {
    case "value":
    case "reducing":
    case "aggregating": {
      const timeMs = time();
      return { state: index, key, window, body: "value", timeMs, value: reader.read() };
    }
    case "list": {
      const elements: unknown[] = [];
      const times: number[] = [];
      for (let left = reader.readUint(); left > 0; left--) {
        times.push(time());
        elements.push(reader.read());
      }
      return { state: index, key, window, body: "list", elements, times };
    }
    case "map": {
      const rows: SnapshotMapRow[] = [];
      while (reader.readUint() === ROW) {
        const mapKey = reader.read();
        const timeMs = time();
        rows.push({ key: mapKey, timeMs, value: reader.read() });
      }
      return { state: index, key, window, body: "map", rows };
    }
    case "slices": {
      const slice = reader.readNumber();
      return { state: index, key, window, body: "slice", slice, accumulator: reader.read() };
    }
    case "timers": {
      const timestampMs = reader.readNumber();
      const own = reader.readUint() === 1 ? readWindow(reader) : undefined;
      return { state: index, key, window: own, body: "timer", timestampMs };
    }
  }
}

function readWindow(reader: ValueReader): Namespace {
  const start = reader.readNumber();
  return { start, end: reader.readNumber() };
}

function unknownState(index: number, stateCount: number): RestoreError {
  return new RestoreError("CHECKPOINT_CORRUPT", {
    message: `an entry of a keyed snapshot belongs to state number ${index}, but the snapshot describes ${stateCount} states.`,
    advice: "Restore from an earlier checkpoint.",
  });
}
