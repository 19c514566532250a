import type { Clock } from "../../core/clock.ts";
import type { KeyedStateDescriptor } from "../descriptors.ts";
import type { StateLayout } from "../snapshot-format.ts";
import type { Ttl } from "../ttl.ts";
import { type Cell, type CleanedCell, TimedCell } from "./cell.ts";
import { HeapAggregatingState, HeapReducingState } from "./folding-state.ts";
import { HeapListState, HeapTimedListState } from "./list-state.ts";
import { HeapMapState, HeapTimedMapState, type RowsMaker } from "./map-state.ts";
import { HeapValueState } from "./value-state.ts";

/** Where a state's contents are. */
export interface CellStorage {
  readonly layout: StateLayout;
  readonly tables: CleanedCell;
  /** A `RowsMaker` where it is map state. */
  readonly format: object;
}

/** The state that a program sees, on the contents that `storage` keeps for it. */
export function stateOn(
  storage: CellStorage,
  descriptor: KeyedStateDescriptor,
  ttl: Ttl | undefined,
  clock: Clock,
): unknown {
  const { tables } = storage;
  const { name } = storage.layout;
  const format = storage.format as RowsMaker;
  switch (descriptor.kind) {
    case "value":
      return new HeapValueState(cellOn(storage, ttl, clock), descriptor.initial);
    case "reducing":
      return new HeapReducingState(cellOn(storage, ttl, clock), descriptor.reduce);
    case "aggregating":
      return new HeapAggregatingState(cellOn(storage, ttl, clock), descriptor.aggregate);
    case "list":
      return ttl === undefined ? new HeapListState(tables, name) : new HeapTimedListState(tables, name, ttl, clock);
    case "map":
      return ttl === undefined ? new HeapMapState(tables, format) : new HeapTimedMapState(tables, format, ttl, clock);
  }
}

function cellOn(storage: CellStorage, ttl: Ttl | undefined, clock: Clock): Cell {
  return ttl === undefined ? storage.tables : new TimedCell(storage.tables, ttl, clock);
}
