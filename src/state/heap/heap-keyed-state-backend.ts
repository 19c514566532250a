import { copyValue } from "../../codec/copy-value.ts";
import { mergeSchemas, type Schema } from "../../codec/schema.ts";
import type { Clock } from "../../core/clock.ts";
import { ConfigError, MillraceError, RestoreError } from "../../core/errors.ts";
import type { KeyGroupRange } from "../../core/key-group.ts";
import {
  checkCompatible,
  checkMigration,
  declaredTypeOf,
  type OpenedState,
  openedState,
  type StateChange,
  sampleOf,
} from "../compatibility.ts";
import type { KeyedStateDescriptor, StateOf } from "../descriptors.ts";
import type {
  FrozenKeyedState,
  FrozenPiece,
  KeyedStateBackend,
  SliceState,
  StateDescription,
  TimerQueue,
  Windowed,
} from "../keyed-state-backend.ts";
import { readEntries } from "../snapshot-format.ts";
import { ttlOf } from "../ttl.ts";
import { FreezeLedger } from "./freeze-ledger.ts";
import { FrozenHeapState } from "./frozen-heap-state.ts";
import { KeyContext } from "./key-context.ts";
import { HeapSliceState } from "./slice-state.ts";
import { stateOn } from "./state-on.ts";
import { type KeyedStorage, type Migration, type SliceStorage, storageOf, type TimerStorage } from "./storage.ts";

export interface HeapKeyedStateBackendOptions {
  readonly keyGroups: KeyGroupRange;
  readonly maxParallelism: number;
  /** For state with a time to live. */
  readonly clock: Clock;
  /** For messages. */
  readonly operatorName: string;
}

/** What is known of one state: its contents, what a snapshot said of it, and whether the program has opened it. */
interface Entry {
  readonly storage: KeyedStorage | SliceStorage | TimerStorage;
  restored: StateDescription | undefined;
  isOpen: boolean;
}

/** Keyed state as objects and typed columns in memory. */
export class HeapKeyedStateBackend implements KeyedStateBackend {
  readonly keyGroups: KeyGroupRange;
  readonly maxParallelism: number;
  readonly #clock: Clock;
  readonly #operatorName: string;
  readonly #context: KeyContext;
  readonly #ledger = new FreezeLedger();
  /** In the order of their index in snapshots. */
  readonly #states = new Map<string, Entry>();
  #frozen: FrozenHeapState | undefined;

  constructor(options: HeapKeyedStateBackendOptions) {
    this.keyGroups = options.keyGroups;
    this.maxParallelism = options.maxParallelism;
    this.#clock = options.clock;
    this.#operatorName = options.operatorName;
    this.#context = new KeyContext(options.keyGroups, options.maxParallelism);
  }

  setCurrentKey(key: unknown): void {
    this.#context.set(key);
  }

  currentKey(): unknown {
    this.#context.require();
    return this.#context.key;
  }

  open<D extends KeyedStateDescriptor>(name: string, descriptor: D): StateOf<D> {
    return this.#openKeyed(name, descriptor, false) as StateOf<D>;
  }

  openWindowed<D extends KeyedStateDescriptor>(name: string, descriptor: D): Windowed<StateOf<D>> {
    return this.#openKeyed(name, descriptor, true) as Windowed<StateOf<D>>;
  }

  openSlices<ACC>(name: string, copy: (accumulator: ACC) => ACC, schema?: Schema): SliceState<ACC> {
    const storage = this.#open({ name, kind: "slices", windowed: false, ttl: false, declared: schema }) as SliceStorage;
    return new HeapSliceState(storage.tables, this.#context, copy);
  }

  openTimers(name: string): TimerQueue {
    const opened = { name, kind: "timers", windowed: false, ttl: false, declared: undefined } as const;
    return (this.#open(opened) as TimerStorage).queue;
  }

  forEachKey(name: string, visitor: (key: unknown) => void): void {
    const state = this.#states.get(name);
    if (state === undefined) throw this.#noSuchState(name);
    const context = this.#context;
    const before = context.isSet ? { key: context.key } : undefined;
    state.storage.forEachKey((key) => {
      context.set(key);
      visitor(key);
    });
    if (before === undefined) context.clear();
    else context.set(before.key);
  }

  unopened(): readonly StateDescription[] {
    return [...this.#states.values()]
      .filter(({ isOpen, storage }) => !isOpen && storage.size > 0)
      .map(({ restored }) => restored)
      .filter((restored) => restored !== undefined);
  }

  restore(states: readonly StateDescription[], pieces: Iterable<FrozenPiece>): void {
    const storages = states.map((state) => this.#restored(state));
    for (const { keyGroup, bytes } of pieces) {
      if (keyGroup < this.keyGroups.start || keyGroup > this.keyGroups.end) continue;
      for (const entry of this.#entriesOf(keyGroup, bytes, states)) {
        this.#context.set(entry.key);
        storages[entry.state]!.load(entry);
      }
    }
    this.#context.clear();
  }

  freeze(): FrozenKeyedState {
    this.#frozen?.readAhead();
    this.#ledger.begin(this.#clock.nowMs());
    const storages = [...this.#states.values()].map(({ storage }) => storage);
    this.#frozen = new FrozenHeapState(storages, this.#context, this.#ledger);
    return this.#frozen;
  }

  entryCount(): number {
    let count = 0;
    for (const { storage } of this.#states.values()) count += storage.size;
    return count;
  }

  dispose(): void {
    this.#frozen?.release();
    this.#states.clear();
    this.#context.clear();
  }

  #openKeyed(name: string, descriptor: KeyedStateDescriptor, windowed: boolean): unknown {
    const ttl = ttlOf(descriptor);
    const opened = openedState(name, descriptor, windowed);
    const storage = this.#open(opened, descriptor) as KeyedStorage;
    storage.freshness.ttl = ttl;
    return stateOn(storage, descriptor, ttl, this.#clock);
  }

  #open(opened: OpenedState, descriptor?: KeyedStateDescriptor): Entry["storage"] {
    const known = this.#states.get(opened.name);
    if (known?.isOpen === true) throw this.#duplicate(opened.name);
    checkMigration(this.#operatorName, opened);
    if (known?.restored !== undefined) {
      const change = checkCompatible(this.#operatorName, known.restored, opened);
      if (descriptor !== undefined) this.#change(known.storage as KeyedStorage, change, opened, descriptor);
    }
    const state = known ?? this.#add(opened);
    state.isOpen = true;
    state.storage.layout.declared = opened.declared;
    state.storage.layout.declaredType = declaredTypeOf(opened);
    return state.storage;
  }

  /** Does to restored values what they need before the program can go on with them. */
  #change(storage: KeyedStorage, change: StateChange, opened: OpenedState, descriptor: KeyedStateDescriptor): void {
    if (change.kind === "fill") this.#migrate(storage, opened.name, filling(change.fields, opened.initial));
    if (change.kind === "migrate") this.#migrate(storage, opened.name, (old) => descriptor.migrate!(old));
  }

  #migrate(storage: KeyedStorage, name: string, migrate: Migration): void {
    const context = this.#context;
    const before = context.isSet ? { key: context.key } : undefined;
    try {
      storage.migrate(migrate);
    } catch (cause) {
      throw new RestoreError("STATE_INCOMPATIBLE", {
        message: `state "${name}" of operator "${this.#operatorName}" could not be migrated: migrate failed for key ${JSON.stringify(context.key)}.`,
        advice: "Make its migrate function accept every value that `millrace state dump` shows of this state.",
        cause,
      });
    }
    if (before === undefined) context.clear();
    else context.set(before.key);
  }

  #add(of: OpenedState | StateDescription): Entry {
    const { name, kind, windowed, ttl } = of;
    const declared = "declared" in of ? of.declared : undefined;
    const declaredType = "declaredType" in of ? of.declaredType : undefined;
    const layout = { index: this.#states.size, name, kind, windowed, ttl, declared, declaredType };
    const entry = { storage: storageOf(layout, this.#context, this.#ledger), restored: undefined, isOpen: false };
    this.#states.set(name, entry);
    return entry;
  }

  /** Where restored entries of a state go. Every old subtask brings a description of its own. */
  #restored(state: StateDescription): Entry["storage"] {
    const entry = this.#states.get(state.name) ?? this.#add(state);
    const before = entry.restored ?? state;
    checkCompatible(this.#operatorName, before, {
      ...state,
      declared: undefined,
      version: before.declaredType?.version,
    });
    entry.restored = {
      ...before,
      keySchema: mergeSchemas(before.keySchema, state.keySchema),
      valueSchema: mergeSchemas(before.valueSchema, state.valueSchema),
    };
    return entry.storage;
  }

  *#entriesOf(
    keyGroup: number,
    bytes: Uint8Array,
    states: readonly StateDescription[],
  ): ReturnType<typeof readEntries> {
    try {
      yield* readEntries(bytes, states);
    } catch (cause) {
      throw new RestoreError("CHECKPOINT_CORRUPT", {
        message: `the keyed state of operator "${this.#operatorName}" cannot be read: key group ${keyGroup} is damaged.`,
        advice: "Restore from an earlier checkpoint.",
        cause,
      });
    }
  }

  #duplicate(name: string): ConfigError {
    return new ConfigError("STATE_DUPLICATE", {
      message: `operator "${this.#operatorName}" declares two states called "${name}".`,
      advice: "Give one of them another name.",
    });
  }

  #noSuchState(name: string): MillraceError {
    const names = [...this.#states.keys()].map((known) => `"${known}"`).join(", ");
    return new MillraceError("CONFIG_INVALID", {
      message: `operator "${this.#operatorName}" has no state called "${name}".`,
      advice: names === "" ? "It has no state at all." : `It has ${names}.`,
    });
  }
}

/** Gives objects the fields that they lack, as the initial value has them. */
function filling(fields: readonly string[], initial: unknown): Migration {
  return (old) => {
    const filled = { ...(old as Record<string, unknown>) };
    // Made anew for each value, so that no two share what is in it.
    const fresh = copyValue(sampleOf(initial)) as Record<string, unknown>;
    for (const field of fields) filled[field] ??= fresh[field];
    return filled;
  };
}
