import type { Namespace } from "../keyed-state-backend.ts";

/** One entry in memory: of a key (and window), with all rows where it is map state. */
export class CachedEntry {
  // What each access looks at comes first, to lie within what the processor fetches at once.
  readonly key: unknown;
  value: unknown;
  /** Whether the database has another state of it. */
  dirty = false;
  /** Whether there is anything; what is gone stays until that has been written. */
  present = true;
  /** The serial of the current key at its last use: what the program may be holding in its hands is not evicted. */
  usedAt = -1;
  readonly window: Namespace | undefined;
  /** The key group, counted from the first one of the subtask. */
  readonly group: number;
  timeMs = 0;
  /** Whether the database may have anything of it (rows know it by themselves). */
  stored: boolean;
  bytes: number;

  constructor(key: unknown, window: Namespace | undefined, group: number, value: unknown, stored: boolean) {
    this.key = key;
    this.value = value;
    this.window = window;
    this.group = group;
    this.stored = stored;
    this.bytes = ENTRY_BYTES + sizeOf(key) + sizeOf(value);
  }
}

/** What the objects around an entry take: the entry, its slot, and its place among those to be written. */
const ENTRY_BYTES = 200;
const PARTS_MAX = 64;

/** About how many bytes a value takes in memory; of a large one extrapolated from its first parts. */
export function sizeOf(value: unknown): number {
  switch (typeof value) {
    case "string":
      return 24 + value.length;
    case "object":
      return value === null ? 8 : sizeOfObject(value);
    default:
      return 16;
  }
}

function sizeOfObject(value: object): number {
  if (ArrayBuffer.isView(value)) return 64 + value.byteLength;
  const parts = Array.isArray(value) ? value : Object.values(value);
  let bytes = 0;
  const counted = Math.min(parts.length, PARTS_MAX);
  for (let i = 0; i < counted; i++) bytes += 8 + sizeOf(parts[i]);
  return 32 + (counted === 0 ? 0 : (bytes / counted) * parts.length);
}
