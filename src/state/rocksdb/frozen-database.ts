import type { KeyGroupRange } from "../../core/key-group.ts";
import { TimedList } from "../heap/timed-list.ts";
import type {
  FrozenKeyedState,
  FrozenPiece,
  Namespace,
  StateDescription,
  StateFootprint,
} from "../keyed-state-backend.ts";
import { describeState, EntryWriter, footprintOf, notSavable, type StateLayout } from "../snapshot-format.ts";
import { isExpired, type Ttl } from "../ttl.ts";
import { EntryCodec } from "./entry-codec.ts";
import { encodeUint16, KeyReader } from "./key-encoding.ts";
import type { DbKey, DbScan, RocksDatabase } from "./rocks-database.ts";
import type { WriteFailure } from "./state-cache.ts";
import { type List, ListReading } from "./stored-lists.ts";

/** What reading a database needs to know of a state. `ttl` undefined: all is kept. */
export interface FrozenLayout {
  readonly layout: StateLayout;
  readonly ttl: Ttl | undefined;
  /** Its entries, as many as are known. */
  readonly size: number;
}

/**
 * Reads a database as it was when this was made, in the format that all back ends share: one scan, key group by key group.
 */
export class FrozenDatabase implements FrozenKeyedState {
  readonly #states: readonly FrozenLayout[];
  readonly #nowMs: number;
  readonly #failure: WriteFailure | undefined;
  readonly #scan: DbScan;
  readonly #codec = new EntryCodec();
  readonly #writer = new EntryWriter();
  #keyGroup: number;
  /** The entry at hand, which belongs to the next piece. Its bytes are its own, since other reads come before that. */
  #held: { readonly key: DbKey; readonly value: Uint8Array } | undefined;
  #isOpen = true;
  /** The map whose rows are being written: what their keys begin with. */
  #map: string | undefined;
  /** The list whose parts are being read, or have been: what their keys begin with. */
  #reading: { readonly at: string; readonly list: ListReading } | undefined;

  constructor(
    database: RocksDatabase,
    keyGroups: KeyGroupRange,
    states: readonly FrozenLayout[],
    nowMs: number,
    failure?: WriteFailure,
  ) {
    this.#states = states;
    this.#nowMs = nowMs;
    this.#failure = failure;
    this.#keyGroup = keyGroups.start;
    this.#scan = database.scan(encodeUint16(keyGroups.start), encodeUint16(keyGroups.end + 1));
  }

  next(entriesMax: number): FrozenPiece | undefined {
    if (!this.#isOpen) return undefined;
    try {
      if (this.#failure !== undefined) throw notSavable(this.#failure.layout, this.#failure.error);
      return this.#read(Math.max(1, entriesMax));
    } catch (error) {
      this.release();
      throw error;
    }
  }

  describe(): readonly StateDescription[] {
    return this.#states.map(({ layout }) => describeState(layout, [this.#writer]));
  }

  footprints(): readonly StateFootprint[] {
    return this.#states.map(({ layout, size }) => footprintOf(layout, size, [this.#writer]));
  }

  release(): void {
    this.#isOpen = false;
    this.#scan.close();
  }

  #read(entriesMax: number): FrozenPiece | undefined {
    for (let count = 0; count < entriesMax; count++) {
      if (this.#held === undefined && !this.#scan.next()) {
        this.#isOpen = false;
        return this.#hasWritten ? this.#piece() : undefined;
      }
      const { key, value } = this.#held ?? this.#scan;
      this.#held = undefined;
      const reader = new KeyReader(key);
      const keyGroup = reader.uint16();
      if (keyGroup !== this.#keyGroup) {
        const piece = this.#hasWritten ? this.#piece() : undefined;
        this.#keyGroup = keyGroup;
        if (piece !== undefined) {
          this.#held = { key, value: value.slice() };
          return piece;
        }
      }
      this.#write(this.#states[reader.uint16()]!, reader, value);
    }
    return this.#piece();
  }

  get #hasWritten(): boolean {
    return this.#writer.entryCount > 0;
  }

  #piece(): FrozenPiece {
    this.#endMap();
    return { keyGroup: this.#keyGroup, bytes: this.#hasWritten ? this.#writer.take() : NO_BYTES };
  }

  #write({ layout, ttl }: FrozenLayout, reader: KeyReader, bytes: Uint8Array): void {
    const writer = this.#writer;
    if (layout.kind !== "map") this.#endMap();
    if (layout.kind === "timers") {
      const timestampMs = reader.number();
      const key = reader.key();
      writer.timer(layout, key, timestampMs, reader.byte() === 1 ? reader.window() : undefined);
      return;
    }
    if (layout.kind === "slices") {
      const slice = reader.number();
      writer.slice(layout, reader.key(), slice, this.#codec.decode(layout, bytes).value);
      return;
    }
    const key = reader.key();
    const window = layout.windowed ? reader.window() : undefined;
    const isFresh = (writtenMs: number): boolean => ttl === undefined || !isExpired(ttl, writtenMs, this.#nowMs);
    if (layout.kind === "list") {
      const list = this.#listAt(reader.read, layout, bytes);
      if (list !== undefined) this.#list(layout, key, window, list, isFresh);
      return;
    }
    const { value, timeMs } = this.#codec.decode(layout, bytes);
    if (layout.ttl && !isFresh(timeMs)) return;
    else if (layout.kind === "map") this.#row(layout, key, window, reader, timeMs, value);
    else writer.value(layout, key, window, timeMs, value);
  }

  /** @returns the list once its last part is here. */
  #listAt(at: string, layout: StateLayout, bytes: Uint8Array): List | undefined {
    if (this.#reading?.at !== at) this.#reading = { at, list: new ListReading(layout, this.#codec, bytes) };
    else if (this.#reading.list.missingCount > 0) this.#reading.list.add(bytes);
    else return undefined;
    return this.#reading.list.missingCount > 0 ? undefined : this.#reading.list.list;
  }

  #list(
    layout: StateLayout,
    key: unknown,
    window: Namespace | undefined,
    list: List,
    isFresh: (timeMs: number) => boolean,
  ): void {
    if (!(list instanceof TimedList)) {
      this.#writer.list(layout, key, window, list, undefined);
      return;
    }
    const fresh = list.filter(isFresh);
    if (fresh.elements.length > 0) this.#writer.list(layout, key, window, fresh.elements, fresh.times);
  }

  #row(
    layout: StateLayout,
    key: unknown,
    window: Namespace | undefined,
    reader: KeyReader,
    timeMs: number,
    value: unknown,
  ): void {
    const map = reader.read;
    if (this.#map !== map) {
      this.#endMap();
      this.#map = map;
      this.#writer.beginMap(layout, key, window);
    }
    this.#writer.mapRow(layout, reader.key(), timeMs, value);
  }

  #endMap(): void {
    if (this.#map === undefined) return;
    this.#map = undefined;
    this.#writer.endMap();
  }
}

const NO_BYTES = new Uint8Array(0);
