import type { Namespace } from "../state/keyed-state-backend.ts";
import { EntryReader, type SnapshotEntry } from "../state/snapshot-format.ts";
import { KeyTable } from "./key-table.ts";
import type { KeyGroupBytes } from "./operator-reader.ts";
import type { StateEntry } from "./state-reader.ts";

type AnyEntry = StateEntry<any, any>;

/** Entries of lists and maps that come in pieces, put together. */
interface Assembled {
  readonly key: unknown;
  readonly window: Namespace | undefined;
  readonly value: unknown[] | Map<unknown, unknown>;
  writtenMs: number;
  bytes: number;
}

/** What the state called `name` holds in one key group; lists and maps as a whole. */
export function* entriesOf({ keyGroup, bytes, states }: KeyGroupBytes, name: string): Generator<AnyEntry> {
  const index = states.findIndex((state) => state.name === name);
  if (index < 0) return;
  const { ttl } = states[index]!;
  const assembled = new KeyTable<Assembled>();
  const reader = new EntryReader(bytes, states);
  let start = 0;
  for (let entry = reader.next(); entry !== undefined; entry = reader.next()) {
    const length = reader.position - start;
    start = reader.position;
    if (entry.state !== index) continue;
    const single = singleEntry(entry, keyGroup, ttl, length);
    if (single !== undefined) yield single;
    else addTo(assembled, entry, length);
  }
  for (const { key, window, value, writtenMs, bytes: length } of assembled.values()) {
    yield { ...PLAIN, keyGroup, key, window, value, writtenMs: ttl ? writtenMs : undefined, bytes: length };
  }
}

const PLAIN = { slice: undefined, timestampMs: undefined, writtenMs: undefined } as const;

function singleEntry(entry: SnapshotEntry, keyGroup: number, ttl: boolean, bytes: number): AnyEntry | undefined {
  const { key, window } = entry;
  const place = { ...PLAIN, keyGroup, key, window, bytes };
  switch (entry.body) {
    case "value":
      return { ...place, value: entry.value, writtenMs: ttl ? entry.timeMs : undefined };
    case "slice":
      return { ...place, slice: entry.slice, value: entry.accumulator };
    case "timer":
      return { ...place, timestampMs: entry.timestampMs, value: entry.timestampMs };
    default:
      return undefined;
  }
}

function addTo(assembled: KeyTable<Assembled>, entry: SnapshotEntry, bytes: number): void {
  const { key, window } = entry;
  const create = (): Assembled => {
    return { key, window, value: entry.body === "map" ? new Map() : [], writtenMs: Number.NEGATIVE_INFINITY, bytes: 0 };
  };
  const whole = assembled.getOrAdd(key, window, create);
  whole.bytes += bytes;
  if (entry.body === "list") {
    for (const element of entry.elements) (whole.value as unknown[]).push(element);
    for (const timeMs of entry.times) whole.writtenMs = Math.max(whole.writtenMs, timeMs);
  } else if (entry.body === "map") {
    for (const row of entry.rows) {
      (whole.value as Map<unknown, unknown>).set(row.key, row.value);
      whole.writtenMs = Math.max(whole.writtenMs, row.timeMs);
    }
  }
}
