import type {
  KeyedSnapshot,
  KeyGroupSection,
  OperatorSnapshot,
  OperatorSubtaskSnapshot,
} from "../checkpoint/snapshot.ts";
import { crc32 } from "../codec/crc32.ts";
import { ConfigError } from "../core/errors.ts";
import { keyGroupOfHash, keyHash } from "../core/key-group.ts";
import { declaredTypeOf, openedState } from "../state/compatibility.ts";
import type {
  AggregatingStateDescriptor,
  KeyedStateDescriptor,
  ListStateDescriptor,
  MapStateDescriptor,
  ReducingStateDescriptor,
  StateDeclarations,
  ValueStateDescriptor,
} from "../state/descriptors.ts";
import { describeState, EntryWriter, type StateLayout } from "../state/snapshot-format.ts";
import type { OperatorReader } from "./operator-reader.ts";
import type { Writing } from "./snapshot-builder.ts";

/** What one state holds for a key: a value, a list's elements, a map's rows, an accumulator. */
export type StoredOf<D> =
  D extends ValueStateDescriptor<infer T, infer _Absent>
    ? T
    : D extends ListStateDescriptor<infer T>
      ? Iterable<T>
      : D extends MapStateDescriptor<infer K, infer V>
        ? Iterable<readonly [K, V]>
        : D extends ReducingStateDescriptor<infer T>
          ? T
          : D extends AggregatingStateDescriptor<infer _IN, infer ACC, infer _OUT>
            ? ACC
            : never;

/** What the states of an operator hold for a key; what is left out is empty. */
export type StoredValues<S extends StateDeclarations> = {
  readonly [Name in keyof S]?: StoredOf<S[Name]> | undefined;
};

/** Turns keys and values into the keyed state of one subtask that owns all key groups. */
export class KeyedStateWriter<S extends StateDeclarations> {
  readonly #maxParallelism: number;
  readonly #nowMs: number;
  /** By the property that declares it. */
  readonly #layouts: ReadonlyMap<string, StateLayout>;
  /** By key group. */
  readonly #writers = new Map<number, EntryWriter>();

  constructor(declarations: S | undefined, maxParallelism: number, nowMs: number) {
    this.#maxParallelism = maxParallelism;
    this.#nowMs = nowMs;
    this.#layouts = new Map(
      Object.entries(declarations ?? {}).map(([property, descriptor], index) => [
        property,
        layoutOf(property, descriptor, index),
      ]),
    );
  }

  add(key: unknown, values: StoredValues<S>): void {
    const keyGroup = keyGroupOfHash(keyHash(key), this.#maxParallelism);
    let writer = this.#writers.get(keyGroup);
    if (writer === undefined) {
      writer = new EntryWriter();
      this.#writers.set(keyGroup, writer);
    }
    for (const [property, value] of Object.entries(values)) {
      const layout = this.#layouts.get(property);
      if (layout === undefined) throw noSuchState(property, [...this.#layouts.keys()]);
      if (value !== undefined && value !== null) this.#write(writer, layout, key, value);
    }
  }

  /** Undefined where nothing was added. */
  async finish({ store, target }: Writing, stream: string): Promise<KeyedSnapshot | undefined> {
    const keyGroups = [...this.#writers.keys()].sort((a, b) => a - b);
    if (keyGroups.length === 0) return undefined;
    const states = [...this.#layouts.values()].map((layout) => describeState(layout, this.#writers.values()));
    const writer = store.openWriter(target, stream);
    const sections: KeyGroupSection[] = [];
    let offset = 0;
    for (const keyGroup of keyGroups) {
      const bytes = this.#writers.get(keyGroup)!.take();
      sections.push({ keyGroup, offset, length: bytes.length, crc32: crc32(bytes) });
      offset += bytes.length;
      writer.append(bytes);
    }
    const data = await writer.finish();
    return { keyGroups: { start: 0, end: this.#maxParallelism - 1 }, states, sections, data };
  }

  #write(writer: EntryWriter, layout: StateLayout, key: unknown, value: unknown): void {
    switch (layout.kind) {
      case "list": {
        const elements = [...(value as Iterable<unknown>)];
        const times = elements.map(() => this.#nowMs);
        if (elements.length > 0) writer.list(layout, key, undefined, elements, times);
        break;
      }
      case "map": {
        const rows = [...(value as Iterable<readonly [unknown, unknown]>)];
        if (rows.length === 0) break;
        writer.beginMap(layout, key, undefined);
        for (const [mapKey, row] of rows) writer.mapRow(layout, mapKey, this.#nowMs, row);
        writer.endMap();
        break;
      }
      default:
        writer.value(layout, key, undefined, this.#nowMs, value);
    }
  }
}

/** The operator's snapshot, with its keyed state copied, also that in files of a back end; sections keep their order. */
export async function copyKeyedState(
  operator: OperatorReader,
  operatorId: string,
  { store, target }: Writing,
): Promise<OperatorSnapshot> {
  if (operator.inFlightBytes > 0) {
    throw new ConfigError("CONFIG_INVALID", {
      message: `the snapshot holds records in flight to operator "${operator.name}", which a savepoint does not.`,
      advice: "Copy from a savepoint, or from an aligned checkpoint.",
    });
  }
  const subtasks = new Map<number, OperatorSubtaskSnapshot>();
  for (const [index, saved] of operator.snapshot.subtasks) {
    const { native, ...rest } = saved;
    const from = saved.keyed ?? native;
    if (from === undefined) {
      subtasks.set(index, saved);
      continue;
    }
    const writer = store.openWriter(target, `${operatorId}-${index}`);
    const sections: KeyGroupSection[] = [];
    let offset = 0;
    const { keyGroups, states } = from;
    const { start, end } = keyGroups;
    for await (const { keyGroup, bytes } of operator.keyGroups(start, end)) {
      sections.push({ keyGroup, offset, length: bytes.length, crc32: crc32(bytes) });
      offset += bytes.length;
      writer.append(bytes);
    }
    subtasks.set(index, { ...rest, keyed: { keyGroups, states, sections, data: await writer.finish() } });
  }
  return { ...operator.snapshot, subtasks };
}

function layoutOf(property: string, descriptor: KeyedStateDescriptor, index: number): StateLayout {
  const opened = openedState(descriptor.name ?? property, descriptor, false);
  return { ...opened, index, declaredType: declaredTypeOf(opened) };
}

function noSuchState(property: string, declared: readonly string[]): ConfigError {
  return new ConfigError("CONFIG_INVALID", {
    message: `a value is given for the state "${property}", which is not declared.`,
    advice: `Declare it in \`state\`${declared.length === 0 ? "" : `, beside ${declared.map((name) => `"${name}"`).join(", ")}`}.`,
  });
}
