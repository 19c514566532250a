import { readInFlightChannel, readKeyedPieces } from "../checkpoint/restore-assignment.ts";
import type { KeyedSnapshot, OperatorSnapshot } from "../checkpoint/snapshot.ts";
import { FileTaskSnapshotStore } from "../checkpoint/task-snapshot-store.ts";
import { mergeSchemas } from "../codec/schema.ts";
import { decodeValue } from "../codec/value-codec.ts";
import { keyGroupOfHash, keyHash } from "../core/key-group.ts";
import type { ResolvedFile } from "../filesystem/resolve.ts";
import { decodeMessages } from "../runtime/channel/message-format.ts";
import type { StateDescription } from "../state/keyed-state-backend.ts";
import { entriesOf } from "./key-group-entries.ts";
import { nativeKeyGroups } from "./native-key-groups.ts";
import { notFound } from "./not-found.ts";
import { OperatorStateReader } from "./operator-state-reader.ts";
import { type StateEntry, StateReader } from "./state-reader.ts";
import { type StateSize, StateSizeTally } from "./state-sizes.ts";

/** State that is read at once; a key group that is larger is read by itself. */
const READ_BYTES_MAX = 4 * 1024 * 1024;

/** The bytes of one key group of an operator. */
export interface KeyGroupBytes {
  readonly keyGroup: number;
  readonly bytes: Uint8Array;
  /** What the entries in `bytes` refer to. */
  readonly states: readonly StateDescription[];
}

/** A record that was on its way when an unaligned checkpoint was taken. */
export interface InFlightRecord<T = unknown> {
  readonly value: T;
  readonly timestampMs: number;
  /** The id of the operator that had sent it. */
  readonly source: string;
  /** Which input of the receiver it was for, 0 or 1. */
  readonly input: number;
  /** Of the receiver. */
  readonly subtaskIndex: number;
}

/** One operator in a snapshot, and the state that it had. */
export class OperatorReader {
  readonly id: string;
  readonly uid: string | undefined;
  readonly name: string;
  readonly parallelism: number;
  /** How many key groups its keyed state is divided into. */
  readonly maxParallelism: number;
  /** Its keyed states, timers and window contents included; the schemas say what is in all subtasks together. */
  readonly states: readonly StateReader[];
  /** What belonged to its subtasks and not to a key: the positions of a source, what a sink has to commit, broadcast maps. */
  readonly operatorStates: readonly OperatorStateReader[];
  /** @internal */
  readonly snapshot: OperatorSnapshot;
  readonly #location: string;
  readonly #store: FileTaskSnapshotStore;

  /** @internal */
  constructor(snapshot: OperatorSnapshot, location: string, resolve: (uri: string) => ResolvedFile) {
    this.id = snapshot.operatorId;
    this.uid = snapshot.uid;
    this.name = snapshot.name;
    this.parallelism = snapshot.parallelism;
    this.maxParallelism = snapshot.maxParallelism;
    this.snapshot = snapshot;
    this.#location = location;
    this.#store = new FileTaskSnapshotStore(resolve);
    this.states = describeStates(snapshot).map((state) => new StateReader(state, this));
    this.operatorStates = operatorStatesOf(snapshot);
  }

  /** A keyed state by its name. @throws {MillraceError} `CONFIG_INVALID`, with the names that there are. */
  state<V = unknown, K = unknown>(name: string): StateReader<V, K> {
    const found = this.states.find((state) => state.name === name);
    if (found !== undefined) return found as StateReader<V, K>;
    const names = this.states.map((state) => `"${state.name}"`).join(", ");
    throw notFound(
      `operator "${this.name}" has no state "${name}" in ${this.#location}`,
      names === "" ? "It has no keyed state." : `It has ${names}.`,
    );
  }

  /** A state of its subtasks by its name. @throws {MillraceError} `CONFIG_INVALID`, with the names that there are. */
  operatorState<V = unknown>(name: string): OperatorStateReader<V> {
    const found = this.operatorStates.find((state) => state.name === name);
    if (found !== undefined) return found as OperatorStateReader<V>;
    const names = this.operatorStates.map((state) => `"${state.name}"`).join(", ");
    throw notFound(
      `operator "${this.name}" has no operator state "${name}" in ${this.#location}`,
      names === "" ? "It has none." : `It has ${names}.`,
    );
  }

  /** What a source's enumerator remembered; undefined for other operators. */
  enumerator(): unknown {
    return this.snapshot.coordinator === undefined ? undefined : decodeValue(this.snapshot.coordinator);
  }

  /** Bytes of what an unaligned barrier had overtaken on its way to this operator; 0 in an aligned checkpoint, and in a savepoint. */
  get inFlightBytes(): number {
    const channels = [...this.snapshot.subtasks.values()].flatMap(({ inFlight }) => inFlight?.channels ?? []);
    return channels.reduce((sum, { length }) => sum + length, 0);
  }

  /** The records that were on their way to this operator, in their order from each sender to each subtask. */
  async *inFlight<T = unknown>(): AsyncGenerator<InFlightRecord<T>> {
    for (const [subtaskIndex, { inFlight }] of this.snapshot.subtasks) {
      for (const channel of inFlight?.channels ?? []) {
        const bytes = await readInFlightChannel(this.#store, this.#location, inFlight!.data, channel, this.name);
        const records: InFlightRecord<T>[] = [];
        const { source, input } = channel;
        const add = (value: T, timestampMs: number) =>
          records.push({ value, timestampMs, source, input, subtaskIndex });
        decodeMessages(bytes, add, () => {});
        yield* records;
      }
    }
  }

  /** Whether all its subtasks had finished. */
  get finished(): boolean {
    return this.snapshot.finishedSubtasks.length === this.parallelism;
  }

  /**
   * How many entries, keys and bytes each keyed state has. Reads all of it once.
   *
   * @param largestKeys - How many of each state's largest keys are named. Default 10.
   */
  async sizes({ largestKeys = 10 }: { readonly largestKeys?: number } = {}): Promise<readonly StateSize[]> {
    const tallies = new Map(this.states.map((state) => [state.name, new StateSizeTally(state, largestKeys)]));
    for await (const group of this.keyGroups()) {
      for (const [name, tally] of tallies) {
        for (const entry of entriesOf(group, name)) tally.add(entry);
        tally.endOfKeyGroup();
      }
    }
    return [...tallies.values()].map((tally) => tally.result());
  }

  /** @internal The key group that a key is in. */
  keyGroupOf(key: unknown): number {
    return keyGroupOfHash(keyHash(key), this.maxParallelism);
  }

  /** @internal What is in the key groups from `start` to `end`, in no order; each key group comes once. */
  async *keyGroups(start = 0, end: number = this.maxParallelism - 1): AsyncGenerator<KeyGroupBytes> {
    for (const { keyed, native } of this.snapshot.subtasks.values()) {
      if (native !== undefined) {
        const groups = nativeKeyGroups(native, this.#location, { start, end }, this.#store);
        for await (const { keyGroup, bytes } of groups) yield { keyGroup, bytes, states: native.states };
      }
      if (keyed === undefined) continue;
      for (const range of readRanges(keyed, start, end)) {
        const pieces = await readKeyedPieces(this.#store, this.#location, keyed, range, this.name);
        for (const { keyGroup, bytes } of pieces) yield { keyGroup, bytes, states: keyed.states };
      }
    }
  }

  /** @internal The entries of one key group, or of all. */
  async *entries(state: string, keyGroup?: number): AsyncGenerator<StateEntry<any, any>> {
    for await (const group of this.keyGroups(keyGroup, keyGroup)) yield* entriesOf(group, state);
  }
}

/** Divides what is asked for into reads of a bounded size. */
function* readRanges(
  { sections }: KeyedSnapshot,
  start: number,
  end: number,
): Generator<{ readonly start: number; readonly end: number }> {
  let from: number | undefined;
  let length = 0;
  let last = start;
  for (const section of sections) {
    if (section.keyGroup < start || section.keyGroup > end) continue;
    if (from !== undefined && length + section.length > READ_BYTES_MAX) {
      yield { start: from, end: last };
      from = undefined;
      length = 0;
    }
    from ??= section.keyGroup;
    last = section.keyGroup;
    length += section.length;
  }
  if (from !== undefined) yield { start: from, end: last };
}

/** Every subtask describes what it has met; together that is the state's type. */
export function describeStates({ subtasks }: OperatorSnapshot): readonly StateDescription[] {
  const merged = new Map<string, StateDescription>();
  for (const { keyed, native } of subtasks.values()) {
    for (const state of (keyed ?? native)?.states ?? []) {
      const known = merged.get(state.name);
      merged.set(
        state.name,
        known === undefined
          ? state
          : {
              ...known,
              keySchema: mergeSchemas(known.keySchema, state.keySchema),
              valueSchema: mergeSchemas(known.valueSchema, state.valueSchema),
            },
      );
    }
  }
  return [...merged.values()];
}

function operatorStatesOf({ subtasks }: OperatorSnapshot): readonly OperatorStateReader[] {
  const inOrder = [...subtasks].sort(([a], [b]) => a - b);
  const all = inOrder.flatMap(([subtaskIndex, { operatorState }]) =>
    (operatorState ?? []).map((state) => ({ subtaskIndex, state })),
  );
  const names = new Set(all.map(({ state }) => state.name));
  return [...names].map((name) => new OperatorStateReader(all.filter(({ state }) => state.name === name)));
}
