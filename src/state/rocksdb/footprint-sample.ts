import type { KeyGroupRange } from "../../core/key-group.ts";
import type { StateFootprint } from "../keyed-state-backend.ts";
import type { StateContents } from "../keyed-states.ts";
import type { StateLayout } from "../snapshot-format.ts";
import { encodeUint16, endOfPrefix, KeyReader } from "./key-encoding.ts";
import type { DbKey, RocksDatabase } from "./rocks-database.ts";

/** Rows that are looked at for one state: enough for a mean, in less than a millisecond. */
const ROWS_MAX = 256;
/** Key groups in which rows are looked for. */
const GROUPS_MAX = 4;

/**
 * What each state takes of a database: as many entries as are known to be there, each as large as those of a few key groups are in the
 * middle. Nobody has counted the bytes, and to read them all for that would cost more than the checkpoint.
 *
 * @param turn - Another one looks at other key groups.
 */
export function sampleFootprints(
  database: Pick<RocksDatabase, "scan">,
  contents: readonly StateContents[],
  keyGroups: KeyGroupRange,
  turn: number,
): readonly StateFootprint[] {
  return contents.map(({ layout, size }) => {
    const { name, kind, windowed, ttl } = layout;
    const bytes = size === 0 ? 0 : Math.round(size * bytesPerEntry(database, layout, keyGroups, turn));
    return { name, kind, windowed, ttl, entries: size, bytes };
  });
}

function bytesPerEntry(
  database: Pick<RocksDatabase, "scan">,
  layout: StateLayout,
  { start, end }: KeyGroupRange,
  turn: number,
): number {
  const groupCount = end - start + 1;
  let rows = 0;
  let entries = 0;
  let bytes = 0;
  for (let visited = 0; visited < groupCount && rows < ROWS_MAX; visited++) {
    if (visited >= GROUPS_MAX && rows > 0) break;
    const prefix = encodeUint16(start + ((turn * GROUPS_MAX + visited) % groupCount)) + encodeUint16(layout.index);
    const scan = database.scan(prefix, endOfPrefix(prefix));
    let last: DbKey | undefined;
    while (rows < ROWS_MAX && scan.next()) {
      const entry = entryOf(layout, scan.key, prefix.length);
      if (entry !== last) entries++;
      last = entry;
      rows++;
      bytes += scan.key.length + scan.value.length;
    }
    scan.close();
  }
  return entries === 0 ? 0 : bytes / entries;
}

/** The part of a row's key that all rows of the same entry share. */
function entryOf({ kind, windowed }: StateLayout, key: DbKey, prefixLength: number): DbKey {
  if (kind === "slices" || kind === "timers") return key;
  const reader = new KeyReader(key.slice(prefixLength));
  reader.key();
  if (windowed) reader.window();
  return reader.read;
}
