import { formatSchema } from "../codec/schema.ts";
import { bytesText, countText, timeText } from "../core/figures.ts";
import type { OperatorReader } from "../snapshots/operator-reader.ts";
import type { SnapshotReader } from "../snapshots/snapshot-reader.ts";
import type { StateSize } from "../snapshots/state-sizes.ts";
import { valueJson } from "../snapshots/value-json.ts";
import { selectedOperators } from "./state-selection.ts";
import { textTable } from "./text-table.ts";

export interface StateListOptions {
  readonly operator?: string;
  /** How many of the largest keys to name for each state. */
  readonly largest: number;
}

const HEADINGS = ["OPERATOR", "STATE", "KIND", "KEYS", "ENTRIES", "SIZE", "TYPE"];
const FIGURES: ReadonlySet<string> = new Set(["KEYS", "ENTRIES", "SIZE"]);

/** A type longer than this is cut; --json has all of it. */
const TYPE_LENGTH_MAX = 60;

/** What `millrace state ls` prints. */
export async function stateListText(snapshot: SnapshotReader, options: StateListOptions): Promise<string> {
  const { kind, checkpointId, jobName, completedMs, stateBytes } = snapshot;
  const title = `${kind} ${checkpointId} of "${jobName}", ${timeText(completedMs)}, ${bytesText(stateBytes)}`;
  const rows: string[][] = [];
  const largest: string[] = [];
  for (const operator of selectedOperators(snapshot, options)) {
    const sizes = await operator.sizes({ largestKeys: options.largest });
    rows.push(...operatorRows(operator, sizes));
    largest.push(...sizes.filter(({ entries }) => entries > 0).flatMap((size) => largestLines(operator, size)));
  }
  if (rows.length === 0) return `${title}\n\nno operators`;
  return [title, "", textTable(HEADINGS, rows, FIGURES), ...(options.largest > 0 ? ["", ...largest] : [])].join("\n");
}

function operatorRows(operator: OperatorReader, sizes: readonly StateSize[]): string[][] {
  const keyed = operator.states.map((state, index) => {
    const { keys, entries, bytes } = sizes[index]!;
    const type = `${formatSchema(state.keySchema)} → ${formatSchema(state.valueSchema)}`;
    return [state.name, kindText(state), countText(keys), countText(entries), bytesText(bytes), type];
  });
  const items = operator.operatorStates.map(({ name, mode, itemCount, bytes, schema }) => {
    return [name, `${mode} items`, "", countText(itemCount), bytesText(bytes), formatSchema(schema)];
  });
  const inFlight =
    operator.inFlightBytes === 0 ? [] : [["(in flight)", "records", "", "", bytesText(operator.inFlightBytes), ""]];
  const states = [...keyed, ...items, ...inFlight];
  const shown = `${operator.name}${operator.uid === undefined || operator.uid === operator.name ? "" : ` (${operator.uid})`}`;
  if (states.length === 0) return [[shown, "", "", "", "", "", ""]];
  return states.map((cells, index) => [index === 0 ? shown : "", ...cells.slice(0, -1), cut(cells.at(-1)!)]);
}

function largestLines(operator: OperatorReader, { name, largestKeys }: StateSize): readonly string[] {
  return [
    `largest keys of ${operator.uid ?? operator.name} ${name}:`,
    ...largestKeys.map(({ key, bytes }) => `  ${JSON.stringify(valueJson(key))}  ${bytesText(bytes)}`),
  ];
}

function kindText({ kind, windowed, ttl }: OperatorReader["states"][number]): string {
  return `${windowed ? "windowed " : ""}${kind}${ttl ? ", ttl" : ""}`;
}

function cut(type: string): string {
  return type.length <= TYPE_LENGTH_MAX ? type : `${type.slice(0, TYPE_LENGTH_MAX - 1)}…`;
}

/** The same for scripts. */
export async function stateListJson(snapshot: SnapshotReader, options: StateListOptions): Promise<unknown> {
  const { jobName, checkpointId, kind, location, completedMs, stateBytes } = snapshot;
  const operators: unknown[] = [];
  for (const operator of selectedOperators(snapshot, options)) {
    operators.push(operatorJson(operator, await operator.sizes({ largestKeys: options.largest })));
  }
  const at = new Date(completedMs).toISOString();
  return { job: jobName, id: checkpointId, kind, at, location, bytes: stateBytes, operators };
}

function operatorJson(operator: OperatorReader, sizes: readonly StateSize[]): unknown {
  const { id, uid, name, parallelism, maxParallelism } = operator;
  return {
    id,
    uid: uid ?? null,
    name,
    parallelism,
    maxParallelism,
    inFlightBytes: operator.inFlightBytes,
    states: operator.states.map((state, index) => {
      const { keys, entries, bytes, largestKeys } = sizes[index]!;
      const { name: stateName, kind, windowed, ttl, keySchema, valueSchema } = state;
      const largest = largestKeys.map((size) => ({ ...size, key: valueJson(size.key) }));
      return {
        name: stateName,
        kind,
        windowed,
        ttl,
        keySchema,
        valueSchema,
        keys,
        entries,
        bytes,
        largestKeys: largest,
      };
    }),
    operatorStates: operator.operatorStates.map(({ name: stateName, mode, schema, itemCount, bytes }) => {
      return { name: stateName, mode, schema, items: itemCount, bytes };
    }),
  };
}
