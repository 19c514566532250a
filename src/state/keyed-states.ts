import { copyValue } from "../codec/copy-value.ts";
import { mergeSchemas, type Schema } from "../codec/schema.ts";
import type { Clock } from "../core/clock.ts";
import { ConfigError, MillraceError, RestoreError } from "../core/errors.ts";
import type { KeyGroupRange } from "../core/key-group.ts";
import {
  checkCompatible,
  checkMigration,
  declaredTypeOf,
  type OpenedState,
  openedState,
  type StateChange,
  sampleOf,
} from "./compatibility.ts";
import type { KeyedStateDescriptor, StateOf } from "./descriptors.ts";
import { KeyContext } from "./heap/key-context.ts";
import type {
  DeclaredType,
  FrozenKeyedState,
  FrozenPiece,
  KeyedStateBackend,
  SliceState,
  StateDescription,
  TimerQueue,
  Windowed,
} from "./keyed-state-backend.ts";
import { readEntries, type SnapshotEntry, type StateLayout } from "./snapshot-format.ts";
import { type Ttl, ttlOf } from "./ttl.ts";

export interface KeyedStateBackendOptions {
  readonly keyGroups: KeyGroupRange;
  readonly maxParallelism: number;
  /** For state with a time to live. */
  readonly clock: Clock;
  /** For messages. */
  readonly operatorName: string;
}

/** Mutable only in what a program declares when it opens a state that a restore has brought. */
export interface OpenLayout extends StateLayout {
  declared: Schema | undefined;
  declaredType: DeclaredType | undefined;
}

/** The contents of one state, whoever has opened it: what a snapshot reads and a restore fills. */
export interface StateContents {
  readonly layout: OpenLayout;
  readonly size: number;
  /** Takes in an entry whose key is the current one. */
  load(entry: SnapshotEntry): void;
  /** Calls `visit` once for each key that has anything. */
  forEachKey(visit: (key: unknown) => void): void;
}

/** Makes today's value of an earlier one; null and undefined remove it. */
export type Migration = (old: unknown) => unknown;

/** What is known of one state: its contents, what a snapshot said of it, and whether the program has opened it. */
interface Entry<Contents> {
  readonly contents: Contents;
  restored: StateDescription | undefined;
  isOpen: boolean;
}

/**
 * What all back ends have in common: which states there are, what snapshots and programs say of them, and the current key. Where the
 * contents are kept is the back end's own.
 */
export abstract class KeyedStates<Contents extends StateContents> implements KeyedStateBackend {
  readonly keyGroups: KeyGroupRange;
  readonly maxParallelism: number;
  protected readonly clock: Clock;
  protected readonly operatorName: string;
  protected readonly context: KeyContext;
  /** In the order of their index in snapshots. */
  readonly #states = new Map<string, Entry<Contents>>();

  constructor(options: KeyedStateBackendOptions) {
    this.keyGroups = options.keyGroups;
    this.maxParallelism = options.maxParallelism;
    this.clock = options.clock;
    this.operatorName = options.operatorName;
    this.context = new KeyContext(options.keyGroups, options.maxParallelism);
  }

  abstract freeze(): FrozenKeyedState;
  protected abstract newContents(layout: OpenLayout): Contents;
  protected abstract keyedState(contents: Contents, descriptor: KeyedStateDescriptor, ttl: Ttl | undefined): unknown;
  protected abstract sliceState<ACC>(contents: Contents, copy: (accumulator: ACC) => ACC): SliceState<ACC>;
  protected abstract timerQueue(contents: Contents): TimerQueue;
  /** Puts what `migrate` makes of it in place of every value. Moves the current key. */
  protected abstract migrate(contents: Contents, migrate: Migration): void;

  /** Of all states, in the order of their index in snapshots. */
  protected contents(): Contents[] {
    return [...this.#states.values()].map(({ contents }) => contents);
  }

  /** What a restore has brought of a state. */
  protected restoredOf(name: string): StateDescription | undefined {
    return this.#states.get(name)?.restored;
  }

  setCurrentKey(key: unknown): void {
    this.context.set(key);
  }

  currentKey(): unknown {
    this.context.require();
    return this.context.key;
  }

  open<D extends KeyedStateDescriptor>(name: string, descriptor: D): StateOf<D> {
    return this.#openKeyed(name, descriptor, false) as StateOf<D>;
  }

  openWindowed<D extends KeyedStateDescriptor>(name: string, descriptor: D): Windowed<StateOf<D>> {
    return this.#openKeyed(name, descriptor, true) as Windowed<StateOf<D>>;
  }

  openSlices<ACC>(name: string, copy: (accumulator: ACC) => ACC, schema?: Schema): SliceState<ACC> {
    const opened = { name, kind: "slices", windowed: false, ttl: false, declared: schema } as const;
    return this.sliceState(this.#open(opened), copy);
  }

  openTimers(name: string): TimerQueue {
    const opened = { name, kind: "timers", windowed: false, ttl: false, declared: undefined } as const;
    return this.timerQueue(this.#open(opened));
  }

  tellWindows(name: string, windows: string): void {
    const layout = this.#states.get(name)?.contents.layout;
    if (layout === undefined) throw this.#noSuchState(name);
    layout.declaredType = { ...layout.declaredType, windows };
  }

  forEachKey(name: string, visitor: (key: unknown) => void): void {
    const state = this.#states.get(name);
    if (state === undefined) throw this.#noSuchState(name);
    const context = this.context;
    const before = context.isSet ? { key: context.key } : undefined;
    state.contents.forEachKey((key) => {
      context.set(key);
      visitor(key);
    });
    if (before === undefined) context.clear();
    else context.set(before.key);
  }

  unopened(): readonly StateDescription[] {
    return [...this.#states.values()]
      .filter(({ isOpen, contents }) => !isOpen && contents.size > 0)
      .map(({ restored }) => restored)
      .filter((restored) => restored !== undefined);
  }

  restore(states: readonly StateDescription[], pieces: Iterable<FrozenPiece>): void {
    const contents = states.map((state) => this.restoreState(state));
    for (const { keyGroup, bytes } of pieces) {
      if (keyGroup < this.keyGroups.start || keyGroup > this.keyGroups.end) continue;
      for (const entry of this.#entriesOf(keyGroup, bytes, states)) {
        this.context.set(entry.key);
        contents[entry.state]!.load(entry);
      }
    }
    this.context.clear();
  }

  entryCount(): number {
    let count = 0;
    for (const { contents } of this.#states.values()) count += contents.size;
    return count;
  }

  dispose(): void {
    this.#states.clear();
    this.context.clear();
  }

  #openKeyed(name: string, descriptor: KeyedStateDescriptor, windowed: boolean): unknown {
    const ttl = ttlOf(descriptor);
    const opened = openedState(name, descriptor, windowed);
    return this.keyedState(this.#open(opened, descriptor), descriptor, ttl);
  }

  #open(opened: OpenedState, descriptor?: KeyedStateDescriptor): Contents {
    const known = this.#states.get(opened.name);
    if (known?.isOpen === true) throw this.#duplicate(opened.name);
    checkMigration(this.operatorName, opened);
    if (known?.restored !== undefined) {
      const change = checkCompatible(this.operatorName, known.restored, opened);
      if (descriptor !== undefined) this.#change(known.contents, change, opened, descriptor);
    }
    const state = known ?? this.#add(opened);
    state.isOpen = true;
    state.contents.layout.declared = opened.declared;
    state.contents.layout.declaredType = declaredTypeOf(opened);
    return state.contents;
  }

  /** Does to restored values what they need before the program can go on with them. */
  #change(contents: Contents, change: StateChange, opened: OpenedState, descriptor: KeyedStateDescriptor): void {
    if (change.kind === "fill") this.#migrate(contents, opened.name, filling(change.fields, opened.initial));
    if (change.kind === "migrate") this.#migrate(contents, opened.name, (old) => descriptor.migrate!(old));
  }

  #migrate(contents: Contents, name: string, migrate: Migration): void {
    const context = this.context;
    const before = context.isSet ? { key: context.key } : undefined;
    try {
      this.migrate(contents, migrate);
    } catch (cause) {
      throw new RestoreError("STATE_INCOMPATIBLE", {
        message: `state "${name}" of operator "${this.operatorName}" could not be migrated: migrate failed for key ${JSON.stringify(context.key)}.`,
        advice: "Make its migrate function accept every value that `millrace state dump` shows of this state.",
        cause,
      });
    }
    if (before === undefined) context.clear();
    else context.set(before.key);
  }

  #add(of: OpenedState | StateDescription): Entry<Contents> {
    const { name, kind, windowed, ttl } = of;
    const declared = "declared" in of ? of.declared : undefined;
    const declaredType = "declaredType" in of ? of.declaredType : undefined;
    const layout = { index: this.#states.size, name, kind, windowed, ttl, declared, declaredType };
    const entry = { contents: this.newContents(layout), restored: undefined, isOpen: false };
    this.#states.set(name, entry);
    return entry;
  }

  /** Where restored entries of a state go. Every old subtask brings a description of its own. */
  protected restoreState(state: StateDescription): Contents {
    const entry = this.#states.get(state.name) ?? this.#add(state);
    const before = entry.restored ?? state;
    checkCompatible(this.operatorName, before, {
      ...state,
      declared: undefined,
      version: before.declaredType?.version,
    });
    entry.restored = {
      ...before,
      keySchema: mergeSchemas(before.keySchema, state.keySchema),
      valueSchema: mergeSchemas(before.valueSchema, state.valueSchema),
    };
    return entry.contents;
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
        message: `the keyed state of operator "${this.operatorName}" cannot be read: key group ${keyGroup} is damaged.`,
        advice: "Restore from an earlier checkpoint.",
        cause,
      });
    }
  }

  #duplicate(name: string): ConfigError {
    return new ConfigError("STATE_DUPLICATE", {
      message: `operator "${this.operatorName}" declares two states called "${name}".`,
      advice: "Give one of them another name.",
    });
  }

  #noSuchState(name: string): MillraceError {
    const names = [...this.#states.keys()].map((known) => `"${known}"`).join(", ");
    return new MillraceError("CONFIG_INVALID", {
      message: `operator "${this.operatorName}" has no state called "${name}".`,
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
