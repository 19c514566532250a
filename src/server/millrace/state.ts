import { Type } from "@sinclair/typebox";
import { formatSchema } from "../../codec/schema.ts";
import { diffSnapshots, type SnapshotChange } from "../../snapshots/diff-snapshots.ts";
import type { OperatorReader } from "../../snapshots/operator-reader.ts";
import type { SnapshotReader } from "../../snapshots/snapshot-reader.ts";
import type { StateEntry, StateReader } from "../../snapshots/state-reader.ts";
import type { StateSize } from "../../snapshots/state-sizes.ts";
import { typedKey } from "../../snapshots/typed-key.ts";
import { valueJson } from "../../snapshots/value-json.ts";
import { type Endpoint, endpoint } from "../endpoint.ts";
import { JobParams, textOf, Whole } from "../schemas.ts";
import { readSnapshot } from "./find-snapshot.ts";

const tag = "state";
const refusals = [404];
const Snapshot = Type.Optional(
  Type.String({
    description: "Location of one of the job's snapshots, or the number of a checkpoint. Default: the newest.",
  }),
);
const SnapshotAnswer = Type.Object({
  id: Whole,
  kind: textOf(["checkpoint", "savepoint"]),
  location: Type.String(),
  completedMs: Whole,
  bytes: Whole,
});
const Window = Type.Optional(Type.Object({ start: Type.Number(), end: Type.Number() }));
const Limit = (most: number, usual: number) =>
  Type.Optional(Type.Integer({ minimum: 1, maximum: most, description: `Default ${usual}.` }));

/** Sizes need all of the state to be read; of more than this only when asked for. */
const COUNTED_BYTES_MAX = 64 * 1024 * 1024;
const VALUES_MAX = 1_000;
const VALUES_USUAL = 100;
const CHANGES_MAX = 10_000;
const CHANGES_USUAL = 1_000;

/** The state that a job had at a checkpoint or savepoint. */
export const stateEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "GET",
    path: "/millrace/jobs/:jobid/state",
    summary: "Operators and states of a snapshot, with how much they hold and for which keys most",
    tag,
    params: JobParams,
    query: Type.Object({
      snapshot: Snapshot,
      largest: Type.Optional(
        Type.Integer({ minimum: 0, maximum: 100, description: "Largest keys to name. Default 10." }),
      ),
      sizes: Type.Optional(
        Type.Boolean({
          description: "Whether keys and bytes are counted, which reads all state. Default: up to 64 MB.",
        }),
      ),
    }),
    answer: Type.Object({
      snapshot: SnapshotAnswer,
      operators: Type.Array(
        Type.Object({
          id: Type.String(),
          uid: Type.Union([Type.String(), Type.Null()]),
          name: Type.String(),
          parallelism: Whole,
          maxParallelism: Whole,
          states: Type.Array(
            Type.Object({
              name: Type.String(),
              kind: Type.String(),
              windowed: Type.Boolean(),
              ttl: Type.Boolean(),
              keyType: Type.String(),
              valueType: Type.String(),
              keys: Type.Union([Whole, Type.Null()]),
              entries: Type.Union([Whole, Type.Null()]),
              bytes: Type.Union([Whole, Type.Null()]),
              largestKeys: Type.Array(Type.Object({ key: Type.Unknown(), entries: Whole, bytes: Whole })),
            }),
          ),
          operatorStates: Type.Array(
            Type.Object({ name: Type.String(), mode: Type.String(), type: Type.String(), items: Whole, bytes: Whole }),
          ),
        }),
      ),
    }),
    refusals,
    handle: async ({ params, query }, { jobs }) => {
      return readSnapshot(jobs.get(params.jobid), query.snapshot, async (snapshot) => {
        const counts = query.sizes ?? snapshot.stateBytes <= COUNTED_BYTES_MAX;
        const operators = [];
        for (const operator of snapshot.operators) {
          const sizes = counts ? await operator.sizes({ largestKeys: query.largest ?? 10 }) : [];
          operators.push(describeOperator(operator, sizes));
        }
        return { snapshot: describeSnapshot(snapshot), operators };
      });
    },
  }),
  endpoint({
    method: "GET",
    path: "/millrace/jobs/:jobid/state/values",
    summary: "What a state holds: of one key, or from the first entry on",
    tag,
    params: JobParams,
    query: Type.Object({
      snapshot: Snapshot,
      operator: Type.String({ description: "Uid, name or id" }),
      state: Type.String(),
      key: Type.Optional(Type.String({ description: "As it is written in JSON; a text without quotes will do" })),
      limit: Limit(VALUES_MAX, VALUES_USUAL),
    }),
    answer: Type.Object({
      snapshot: SnapshotAnswer,
      entries: Type.Array(
        Type.Object({
          key: Type.Optional(Type.Unknown()),
          window: Window,
          slice: Type.Optional(Type.Number()),
          timestampMs: Type.Optional(Type.Number()),
          writtenMs: Type.Optional(Type.Number()),
          subtask: Type.Optional(Whole),
          bytes: Type.Optional(Whole),
          value: Type.Unknown(),
        }),
      ),
      truncated: Type.Boolean(),
    }),
    refusals,
    handle: async ({ params, query }, { jobs }) => {
      return readSnapshot(jobs.get(params.jobid), query.snapshot, async (snapshot) => {
        const operator = snapshot.operator(query.operator);
        const { items, isTruncated } = await take(
          entriesOf(operator, query.state, query.key),
          query.limit ?? VALUES_USUAL,
        );
        return { snapshot: describeSnapshot(snapshot), entries: items, truncated: isTruncated };
      });
    },
  }),
  endpoint({
    method: "GET",
    path: "/millrace/jobs/:jobid/state/diff",
    summary: "In what two snapshots differ",
    tag,
    params: JobParams,
    query: Type.Object({
      from: Type.String({ description: "Location of one of the job's snapshots, or the number of a checkpoint" }),
      to: Snapshot,
      operator: Type.Optional(Type.String({ description: "Uid, name or id" })),
      state: Type.Optional(Type.String()),
      limit: Limit(CHANGES_MAX, CHANGES_USUAL),
    }),
    answer: Type.Object({
      from: SnapshotAnswer,
      to: SnapshotAnswer,
      changes: Type.Array(
        Type.Object({
          change: textOf(["added", "removed", "changed"]),
          what: textOf(["operator", "state", "type", "entry", "items", "enumerator"]),
          operator: Type.String(),
          state: Type.Optional(Type.String()),
          key: Type.Optional(Type.Unknown()),
          window: Window,
          slice: Type.Optional(Type.Number()),
          before: Type.Optional(Type.Unknown()),
          after: Type.Optional(Type.Unknown()),
        }),
      ),
      truncated: Type.Boolean(),
    }),
    refusals,
    handle: async ({ params, query }, { jobs }) => {
      const job = jobs.get(params.jobid);
      return readSnapshot(job, query.from, (from) =>
        readSnapshot(job, query.to, async (to) => {
          const { operator, state, limit = CHANGES_USUAL } = query;
          const { items, isTruncated } = await take(diffSnapshots(from, to, { operator, state }), limit);
          return {
            from: describeSnapshot(from),
            to: describeSnapshot(to),
            changes: items.map(describeChange),
            truncated: isTruncated,
          };
        }),
      );
    },
  }),
];

function describeSnapshot({ checkpointId, kind, location, completedMs, stateBytes }: SnapshotReader) {
  return { id: checkpointId, kind, location, completedMs, bytes: stateBytes };
}

function describeChange({ change, what, operator, state, key, window, slice, before, after }: SnapshotChange) {
  return {
    change,
    what,
    operator,
    ...(state !== undefined && { state }),
    ...(what === "entry" && { key: valueJson(key) }),
    ...(window !== undefined && { window: { start: window.start, end: window.end } }),
    ...(slice !== undefined && { slice }),
    ...(before !== undefined && { before: valueJson(before) }),
    ...(after !== undefined && { after: valueJson(after) }),
  };
}

function describeOperator(operator: OperatorReader, sizes: readonly StateSize[]) {
  const { id, uid, name, parallelism, maxParallelism, states, operatorStates } = operator;
  return {
    id,
    uid: uid ?? null,
    name,
    parallelism,
    maxParallelism,
    states: states.map((state, index) => {
      const size = sizes[index];
      return {
        name: state.name,
        kind: state.kind,
        windowed: state.windowed,
        ttl: state.ttl,
        keyType: formatSchema(state.keySchema),
        valueType: formatSchema(state.valueSchema),
        keys: size?.keys ?? null,
        entries: size?.entries ?? null,
        bytes: size?.bytes ?? null,
        largestKeys: (size?.largestKeys ?? []).map(({ key, entries, bytes }) => ({
          key: valueJson(key),
          entries,
          bytes,
        })),
      };
    }),
    operatorStates: operatorStates.map(({ name: stateName, mode, schema, itemCount, bytes }) => ({
      name: stateName,
      mode,
      type: formatSchema(schema),
      items: itemCount,
      bytes,
    })),
  };
}

/** Of a keyed state, or where the operator has none of that name, of one of its subtasks. */
async function* entriesOf(operator: OperatorReader, name: string, typed: string | undefined) {
  if (operator.states.some((state) => state.name === name)) {
    const state = operator.state(name);
    for await (const entry of typed === undefined ? state.entries() : entriesOfKey(state, typed))
      yield describeEntry(entry);
    return;
  }
  for (const { subtaskIndex, value } of operator.operatorState(name).items()) {
    yield { subtask: subtaskIndex, value: valueJson(value) };
  }
}

async function* entriesOfKey(state: StateReader, typed: string): AsyncGenerator<StateEntry> {
  const key = typedKey(typed, state);
  if (key !== undefined) yield* await state.entriesOf(key);
}

function describeEntry({ key, window, slice, timestampMs, writtenMs, bytes, value }: StateEntry) {
  return {
    key: valueJson(key),
    ...(window !== undefined && { window: { start: window.start, end: window.end } }),
    ...(slice !== undefined && { slice }),
    ...(timestampMs !== undefined && { timestampMs }),
    ...(writtenMs !== undefined && { writtenMs }),
    bytes,
    value: valueJson(value),
  };
}

/** The first ones, and whether there are more. */
async function take<T>(
  items: AsyncIterable<T>,
  limit: number,
): Promise<{ readonly items: T[]; readonly isTruncated: boolean }> {
  const taken: T[] = [];
  for await (const item of items) {
    if (taken.length === limit) return { items: taken, isTruncated: true };
    taken.push(item);
  }
  return { items: taken, isTruncated: false };
}
