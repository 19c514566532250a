import { posix } from "node:path";
import { readPointer } from "../../src/checkpoint/latest-pointer.ts";
import { FolderLeaderLog } from "../../src/checkpoint/leadership/folder-leader-log.ts";
import type { FileSystem } from "../../src/filesystem/file-system.ts";
import type { ResolvedFile } from "../../src/filesystem/resolve.ts";
import type { OperatorReader } from "../../src/snapshots/operator-reader.ts";
import { openSnapshot, type SnapshotReader } from "../../src/snapshots/snapshot-reader.ts";
import { applyStage } from "./model.ts";
import { uidOf } from "./program.ts";
import {
  FAR_MS,
  keepsTimestamps,
  readsSide,
  type Scenario,
  type SimRecord,
  type SourceScenario,
  type Stage,
  type TimedRecord,
} from "./scenario.ts";
import type { SimulatedStorage } from "./simulated-storage.ts";

export const JOB_FOLDER = "/checkpoints/simulated";
const LEADER_LOG_FOLDER = "/ha/default/simulated";

/**
 * What must hold of the checkpoint that the job would go on from: it can be read, and what it has in state is what the model makes of the
 * records that its sources had read.
 */
export class StateLaw {
  readonly #scenario: Scenario;
  readonly #fileSystem: FileSystem;

  constructor(scenario: Scenario, storage: SimulatedStorage) {
    this.#scenario = scenario;
    this.#fileSystem = storage.fileSystem();
  }

  /** @returns the law that is broken, if any. */
  async broken(location: string | undefined): Promise<string | undefined> {
    if (location === undefined) return undefined;
    let snapshot: SnapshotReader;
    try {
      snapshot = await openSnapshot(location, (uri) => this.#resolve(uri));
    } catch (error) {
      // A disk that fails while the pointer is moved leaves open where it points; the checkpoint before is used.
      const isDoubtful =
        /CHECKPOINT_(INCOMPLETE|NOT_FOUND)/.test(String(error)) && this.#scenario.faults.diskPerCall > 0;
      if (isDoubtful) return undefined;
      return `${location} is named as the checkpoint to go on from, but ${String(error)}`;
    }
    const law = await this.#brokenIn(snapshot);
    return law === undefined ? undefined : `in ${location}, ${law}`;
  }

  /** Where the next start goes on, as far as that is written down. */
  async latest(): Promise<string | undefined> {
    if (this.#scenario.processes > 1) {
      const newest = await new FolderLeaderLog(this.#fileSystem, LEADER_LOG_FOLDER).newest();
      return newest?.record?.checkpoint?.location;
    }
    const pointer = await readPointer(this.#fileSystem, JOB_FOLDER);
    return pointer === undefined ? undefined : posix.join(JOB_FOLDER, pointer.path);
  }

  #resolve(uri: string): ResolvedFile {
    return { fileSystem: this.#fileSystem, path: uri.replace(/^sim:\/*/, "/") };
  }

  async #brokenIn(snapshot: SnapshotReader): Promise<string | undefined> {
    const read = this.#asFarAsRead(snapshot);
    const isRead = (part: "source" | "second" | "side"): boolean =>
      read[part] === undefined ||
      read[part].splits.every((split, at) => split.length === this.#scenario[part]!.splits[at]!.length);
    const isMainRead = isRead("source") && isRead("second");
    // What an unaligned barrier had overtaken is in no state behind it.
    let records = [...(await arrived(snapshot, "first-records", read.source.splits.flat()))];
    if (read.second !== undefined)
      records.push(...(await arrived(snapshot, "second-records", read.second.splits.flat())));
    const side = await arrived(snapshot, "side-records", read.side.splits.flat());
    for (const [index, stage] of read.stages.entries()) {
      const uid = uidOf(stage, index);
      if (stage.kind === "reduce") records = ones(await arrived(snapshot, `ones-${index}`, records));
      records = await arrived(snapshot, uid, records);
      const expected = expectedState(stage, records, await arrived(snapshot, uid, side, SIDE_INPUT));
      const operator = operatorOf(snapshot, uid);
      for (const [state, values] of Object.entries(expected)) {
        const found = operator === undefined ? new Map() : await valuesOf(operator, state);
        const wrong = [...found].find(([key, value]) => values.get(key) !== value);
        if (wrong !== undefined)
          return `"${state}" of ${uidOf(stage, index)} has ${wrong[1]} for key ${wrong[0]}, not ${values.get(wrong[0])}`;
        const missing = [...values.keys()].find((key) => !found.has(key));
        // Behind the last record of all that comes into the operator the timers fire that let it go.
        const mayBeGone = isMainRead && (!readsSide(stage) || isRead("side"));
        if (missing !== undefined && !mayBeGone)
          return `"${state}" of ${uidOf(stage, index)} has nothing for key ${missing}, not ${values.get(missing)}`;
      }
      if (!keepsTimestamps(stage)) return undefined;
      if (stage.kind === "ask") records = answered(operator, records);
      records = applyStage(stage, index, records, side);
    }
    return undefined;
  }

  /** The scenario with those records only that the sources of the snapshot had read. */
  #asFarAsRead(snapshot: SnapshotReader): Scenario {
    const { source, second, side } = this.#scenario;
    return {
      ...this.#scenario,
      source: cut(source, operatorOf(snapshot, "first")),
      second: second && cut(second, operatorOf(snapshot, "second")),
      side: cut(side, operatorOf(snapshot, "side")),
    };
  }
}

function cut(scenario: SourceScenario, operator: OperatorReader | undefined): SourceScenario {
  if (operator === undefined) return scenario;
  const positions = scenario.splits.map((split) => split.length);
  const splits = operator.operatorStates.find(({ name }) => name === "source-splits");
  const held = [...(splits?.items() ?? [])].map(({ value }) => value);
  const { pending } = operator.enumerator() as { pending: readonly { split: unknown }[] };
  for (const split of [...held, ...pending.map((one) => one.split)]) {
    const { index, position } = split as { index: number; position: number };
    positions[index] = position;
  }
  return { ...scenario, splits: scenario.splits.map((split, index) => split.slice(0, positions[index])) };
}

function operatorOf(snapshot: SnapshotReader, uid: string): OperatorReader | undefined {
  return snapshot.operators.find((operator) => operator.uid?.replace(/-v\d+$/, "") === uid);
}

/** Of a join or a broadcast, the input of the other source. */
const SIDE_INPUT = 1;

/** Of the records that were sent to an operator, those that it had taken in. */
async function arrived(
  snapshot: SnapshotReader,
  uid: string,
  sent: readonly TimedRecord[],
  input = 0,
): Promise<TimedRecord[]> {
  const underWay: string[] = [];
  for await (const record of operatorOf(snapshot, uid)?.inFlight<SimRecord>() ?? [])
    if (record.input === input) underWay.push(nameOf(record.value));
  return without(sent, underWay);
}

function without(records: readonly TimedRecord[], names: readonly string[]): TimedRecord[] {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return records.filter((record) => {
    const left = counts.get(nameOf(record)) ?? 0;
    counts.set(nameOf(record), left - 1);
    return left <= 0;
  });
}

/** Of the records that an asynchronous operator had taken in, those whose results it had put out. */
function answered(operator: OperatorReader | undefined, taken: readonly TimedRecord[]): TimedRecord[] {
  const underWay = operator?.operatorStates.find(({ name }) => name === "async-records");
  const names = [...(underWay?.items() ?? [])].map(({ value }) => nameOf((value as { value: SimRecord }).value));
  return without(taken, names);
}

/** What comes into a reduce: its records have no ids of their own. */
function ones(records: readonly TimedRecord[]): TimedRecord[] {
  return records.map((record) => ({ ...record, id: "reduce" }));
}

function nameOf({ id, key }: SimRecord): string {
  return id === "reduce" ? `reduce of ${key}` : id;
}

type ByKey = Map<unknown, string>;

async function valuesOf(operator: OperatorReader, name: string): Promise<ByKey> {
  const found: ByKey = new Map();
  const ofSubtasks = operator.operatorStates.find((state) => state.name === name);
  if (ofSubtasks !== undefined) {
    const bySubtask = new Map<number, string[]>();
    for (const { subtaskIndex, value } of ofSubtasks.items()) {
      const [id] = value as [string, number];
      bySubtask.set(subtaskIndex, [...(bySubtask.get(subtaskIndex) ?? []), id]);
    }
    const { finishedSubtasks } = operator.snapshot;
    const running = Array.from({ length: operator.parallelism }, (_, at) => at).filter(
      (at) => !finishedSubtasks.includes(at),
    );
    const copies = new Set(running.map((at) => text(bySubtask.get(at) ?? [])));
    if (bySubtask.size > 0) found.set("every subtask", [...copies].join(" or "));
    return found;
  }
  const state = operator.states.find((one) => one.name === name);
  if (state === undefined) return found;
  for await (const { key, value } of state.entries()) found.set(key, text(value));
  return found;
}

/** In what the order is not told, it does not count. */
function text(value: unknown): string {
  if (Array.isArray(value)) return [...value].sort().join();
  if (value instanceof Map) return [...value.keys()].sort().join();
  return JSON.stringify(value);
}

/**
 * By the name of the state; nothing of a stage whose state depends on how far event time has come.
 *
 * @param records - That it has taken in.
 */
function expectedState(
  stage: Stage,
  records: readonly TimedRecord[],
  side: readonly TimedRecord[],
): Readonly<Record<string, ByKey>> {
  const idsOf = (of: readonly TimedRecord[]): ByKey => {
    const keys = new Map<number, string[]>();
    for (const { id, key } of of) keys.set(key, [...(keys.get(key) ?? []), id]);
    return new Map([...keys].map(([key, ids]) => [key, text(ids)]));
  };
  const countOf = (make: (count: number, key: number) => unknown): ByKey => {
    const counts = new Map<number, number>();
    for (const { key } of records) counts.set(key, (counts.get(key) ?? 0) + 1);
    return new Map([...counts].map(([key, count]) => [key, text(make(count, key))]));
  };
  const timersOf = (of: readonly TimedRecord[]): ByKey => new Map(of.map(({ key }) => [key, String(FAR_MS)]));
  switch (stage.kind) {
    case "gather":
      return { ids: idsOf(records), "event-time-timers": timersOf(records) };
    case "join":
      return { left: idsOf(records), right: idsOf(side), "event-time-timers": timersOf([...records, ...side]) };
    case "broadcast":
      return {
        seen: countOf(() => true),
        rules: new Map(side.length === 0 ? [] : [["every subtask", text(side.map(({ id }) => id))]]),
        "event-time-timers": timersOf(records),
      };
    case "count":
      return { count: countOf((count) => count) };
    case "reduce":
      return { running: countOf((count, key) => ({ id: "reduce", key, value: count })) };
    default:
      return {};
  }
}
