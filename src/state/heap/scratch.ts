import type { StateLayout } from "../snapshot-format.ts";
import { Freshness, SingleFormat } from "./formats.ts";
import { FreezeLedger } from "./freeze-ledger.ts";
import type { TableOwner } from "./table.ts";

/** Owns tables that are no state and never part of a snapshot. */
export function scratchOwner(): TableOwner {
  const ledger = new FreezeLedger();
  return { ledger, format: new SingleFormat(LAYOUT, ledger, new Freshness(ledger)), marked: false };
}

const LAYOUT: StateLayout = {
  index: 0,
  name: "scratch",
  kind: "value",
  windowed: false,
  ttl: false,
  declared: undefined,
};
