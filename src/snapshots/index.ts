/** What `millrace/state-reader` exports: snapshots to read, to compare and to write. */
export type { Schema } from "../codec/schema.ts";
export { formatSchema } from "../codec/schema.ts";
export { type ChangeKind, type DiffOptions, diffSnapshots, type SnapshotChange } from "./diff-snapshots.ts";
export type { StoredOf, StoredValues } from "./keyed-state-writer.ts";
export { type InFlightRecord, OperatorReader } from "./operator-reader.ts";
export { type OperatorStateItem, OperatorStateReader } from "./operator-state-reader.ts";
export { type BootstrappedOperator, SnapshotBuilder, type SnapshotBuilderOptions } from "./snapshot-builder.ts";
export { openSnapshot, SnapshotReader } from "./snapshot-reader.ts";
export { type StateEntry, StateReader } from "./state-reader.ts";
export type { KeySize, StateSize } from "./state-sizes.ts";
export type { OperatorUpgrade, StateUpgrade, UpgradeReport, UpgradeVerdict } from "./upgrade-report.ts";
export { valueJson } from "./value-json.ts";
