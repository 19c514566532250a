import { randomUUID } from "node:crypto";
import { completeFolder } from "../checkpoint/checkpoint-folder.ts";
import type { CheckpointTarget } from "../checkpoint/checkpoint-storage.ts";
import type { OperatorSnapshot } from "../checkpoint/snapshot.ts";
import { FileTaskSnapshotStore, INLINE_BYTES_MAX_DEFAULT } from "../checkpoint/task-snapshot-store.ts";
import type { Clock } from "../core/clock.ts";
import { ConfigError, MillraceError } from "../core/errors.ts";
import { asOperatorId, checkpointId } from "../core/ids.ts";
import { checkMaxParallelism, defaultMaxParallelism } from "../core/key-group.ts";
import { systemClock } from "../core/system-clock.ts";
import { type ResolvedFile, resolveUri } from "../filesystem/resolve.ts";
import { operatorIdOfUid } from "../graph/operator-id.ts";
import type { StateDeclarations } from "../state/descriptors.ts";
import { HeapOperatorStateBackend } from "../state/heap/heap-operator-state-backend.ts";
import type { OperatorStateMode, OperatorStateSnapshot } from "../state/operator-state-backend.ts";
import { copyKeyedState, KeyedStateWriter, type StoredValues } from "./keyed-state-writer.ts";
import type { OperatorReader } from "./operator-reader.ts";

export interface SnapshotBuilderOptions {
  /** The job it is for; only people read this. */
  readonly jobName: string;
  /** Key groups of operators that name none of their own. Default 128. A job that restores them adopts the number. */
  readonly maxParallelism?: number;
  /** When state with a time to live counts as written. Default: the machine's clock. */
  readonly clock?: Clock;
}

export interface BootstrappedOperator<S extends StateDeclarations> {
  /** That of the operator which is to have the state. */
  readonly uid: string;
  /** What people see it as. Default: the uid. */
  readonly name?: string;
  readonly maxParallelism?: number;
  /** The states, declared as the operator's function declares them. */
  readonly state?: S;
  /**
   * What the states hold. A key may come more than once: elements of lists and rows of maps add up, of single values the last counts.
   */
  readonly entries?: Iterable<readonly [unknown, StoredValues<S>]> | AsyncIterable<readonly [unknown, StoredValues<S>]>;
  /** States that belong to no key: `split` and `union` lists, and `broadcast` maps as pairs of key and value. */
  readonly operatorState?: Readonly<
    Record<string, { readonly mode: OperatorStateMode; readonly items: Iterable<unknown> }>
  >;
}

/**
 * Writes a savepoint without a job: from data, or from parts of other snapshots. A job restores it with `--from` like any other.
 *
 * @example
 * const location = await new SnapshotBuilder({ jobName: "clicks" })
 *   .add({ uid: "counts", state: { seen: valueState<number>() }, entries: [["alice", { seen: 3 }]] })
 *   .write("savepoints/bootstrap");
 * // millrace run clicks.ts --from savepoints/bootstrap
 */
export class SnapshotBuilder {
  readonly #jobName: string;
  readonly #maxParallelism: number;
  readonly #clock: Clock;
  /** By uid or id, in the order they were added. */
  readonly #operators = new Map<string, (writing: Writing) => Promise<OperatorSnapshot>>();

  constructor({ jobName, maxParallelism, clock = systemClock }: SnapshotBuilderOptions) {
    this.#jobName = jobName;
    this.#maxParallelism = checkMaxParallelism(maxParallelism ?? defaultMaxParallelism(1));
    this.#clock = clock;
  }

  /** Adds an operator with state from data; `entries` is read when the snapshot is written. */
  add<S extends StateDeclarations>(operator: BootstrappedOperator<S>): this {
    const maxParallelism = checkMaxParallelism(operator.maxParallelism ?? this.#maxParallelism);
    return this.#put(operatorIdOfUid(operator.uid), operator.uid, async (writing) => {
      const { uid, name = uid } = operator;
      const writer = new KeyedStateWriter<S>(operator.state, maxParallelism, this.#clock.nowMs());
      for await (const [key, values] of operator.entries ?? []) writer.add(key, values);
      const keyed = await writer.finish(writing, `${operatorIdOfUid(uid)}-0`);
      const operatorState = operatorStateOf(name, operator.operatorState ?? {});
      const saved = {
        ...(keyed === undefined ? {} : { keyed }),
        ...(operatorState.length === 0 ? {} : { operatorState }),
      };
      return {
        operatorId: operatorIdOfUid(uid),
        name,
        uid,
        parallelism: 1,
        maxParallelism,
        subtasks: new Map([[0, saved]]),
        finishedSubtasks: [],
      };
    });
  }

  /** Adds an operator of another snapshot as it is; with `uid`, under that one. */
  copy(operator: OperatorReader, { uid = operator.uid }: { readonly uid?: string | undefined } = {}): this {
    const operatorId = uid === operator.uid ? asOperatorId(operator.id) : operatorIdOfUid(uid!);
    return this.#put(operatorId, uid ?? operator.name, async (writing) => {
      return { ...(await copyKeyedState(operator, operatorId, writing)), operatorId, uid };
    });
  }

  /**
   * Writes the savepoint.
   *
   * @param pathOrUri - Its folder, which must be empty or not there.
   * @returns its location, as `--from` takes it.
   * @throws {ConfigError} `CONFIG_INVALID` where something is there already; {MillraceError} `VALUE_NOT_ENCODABLE`, `NULL_KEY`, `INVALID_KEY`.
   */
  async write(pathOrUri: string, resolve: (uri: string) => ResolvedFile = resolveUri): Promise<string> {
    const folder = resolve(pathOrUri);
    await prepare(folder, pathOrUri);
    const target = { kind: "folder", uri: pathOrUri, inlineBytesMax: INLINE_BYTES_MAX_DEFAULT } as const;
    const triggeredMs = this.#clock.nowMs();
    const operators: OperatorSnapshot[] = [];
    try {
      for (const writeOperator of this.#operators.values()) {
        operators.push(await writeOperator({ store: new FileTaskSnapshotStore(resolve), target }));
      }
      const { location } = await completeFolder(folder, {
        checkpointId: checkpointId(1),
        kind: "savepoint",
        jobName: this.#jobName,
        jobId: randomUUID().replaceAll("-", ""),
        triggeredMs,
        completedMs: this.#clock.nowMs(),
        operators,
      });
      return location;
    } catch (error) {
      // Without `_metadata` it is no savepoint, and the folder is ours.
      await folder.fileSystem.remove(folder.path).catch(keepFirstError);
      throw error;
    }
  }

  #put(id: string, shown: string, write: (writing: Writing) => Promise<OperatorSnapshot>): this {
    if (this.#operators.has(id)) {
      throw new ConfigError("DUPLICATE_UID", {
        message: `operator "${shown}" is added to the snapshot twice.`,
        advice: "Add each operator once, with all its states.",
      });
    }
    this.#operators.set(id, write);
    return this;
  }
}

/** Where the streams of state of one snapshot go. */
export interface Writing {
  readonly store: FileTaskSnapshotStore;
  readonly target: CheckpointTarget;
}

async function prepare({ fileSystem, path }: ResolvedFile, named: string): Promise<void> {
  const there = await fileSystem.stat(path);
  const isEmpty = there?.kind === "folder" && (await fileSystem.list(path)).length === 0;
  if (there !== undefined && !isEmpty) {
    throw new ConfigError("CONFIG_INVALID", {
      message: `a snapshot cannot be written to ${named}: something is there already.`,
      advice: "Name a folder that is empty or does not exist yet.",
    });
  }
  await fileSystem.makeFolder(path);
}

function operatorStateOf(
  operatorName: string,
  states: NonNullable<BootstrappedOperator<StateDeclarations>["operatorState"]>,
): readonly OperatorStateSnapshot[] {
  const backend = new HeapOperatorStateBackend(operatorName);
  for (const [name, { mode, items }] of Object.entries(states)) {
    if (mode === "broadcast") {
      const map = backend.broadcast(name);
      for (const item of items) map.put(...pairOf(name, item));
    } else {
      const list = mode === "split" ? backend.list(name) : backend.unionList(name);
      list.addAll(items);
    }
  }
  return backend.snapshot();
}

function pairOf(name: string, item: unknown): [unknown, unknown] {
  if (Array.isArray(item) && item.length === 2) return [item[0], item[1]];
  throw new MillraceError("CONFIG_INVALID", {
    message: `an item of the broadcast state "${name}" is no pair of key and value.`,
    advice: 'Give pairs such as ["rule-1", { limit: 5 }], or a Map.',
  });
}

/** The error that is thrown already says more than one from cleaning up. */
function keepFirstError(): void {}
