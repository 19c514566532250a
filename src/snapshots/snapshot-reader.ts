import { posix } from "node:path";
import { METADATA_FILE } from "../checkpoint/checkpoint-folder.ts";
import { type LatestPointer, readPointer } from "../checkpoint/latest-pointer.ts";
import { loadCheckpoint } from "../checkpoint/load-checkpoint.ts";
import type { CheckpointKind, CompletedCheckpoint } from "../checkpoint/snapshot.ts";
import { type ResolvedFile, resolveUri } from "../filesystem/resolve.ts";
import { notFound } from "./not-found.ts";
import { OperatorReader } from "./operator-reader.ts";

/**
 * Opens a checkpoint or savepoint to read its state. Nothing is changed, and no job is started; the job may run meanwhile, as long as it
 * does not remove the checkpoint.
 *
 * @param pathOrUri - Its folder or its `_metadata`; or the folder of a job, for the last one that the job completed.
 * @throws {RestoreError} `CHECKPOINT_NOT_FOUND`, `CHECKPOINT_INCOMPLETE`, `CHECKPOINT_CORRUPT`.
 *
 * @example
 * const snapshot = await openSnapshot("checkpoints/clicks");
 * await snapshot.operator("counts").state<number>("seen").get("alice"); // 3
 */
export async function openSnapshot(
  pathOrUri: string,
  resolve: (uri: string) => ResolvedFile = resolveUri,
): Promise<SnapshotReader> {
  return new SnapshotReader(await loadNamed(pathOrUri, resolve), resolve);
}

/** The checkpoint that a person names, or the last one of the job whose folder is named. */
async function loadNamed(pathOrUri: string, resolve: (uri: string) => ResolvedFile): Promise<CompletedCheckpoint> {
  let pointer = await pointerAt(resolve(pathOrUri));
  for (let attempt = 1; pointer !== undefined; attempt++) {
    try {
      return await loadCheckpoint(posix.join(pathOrUri, pointer.path), resolve);
    } catch (error) {
      const now = await pointerAt(resolve(pathOrUri));
      // Where the job has completed another one meanwhile, it may have removed this one.
      if (now === undefined || now.path === pointer.path || attempt === ATTEMPTS_MAX) throw error;
      pointer = now;
    }
  }
  return loadCheckpoint(pathOrUri, resolve);
}

/** How often a job may complete a checkpoint while its last one is being opened: more often, and something else is wrong. */
const ATTEMPTS_MAX = 20;

/** What the folder of a job names as its last checkpoint; undefined for any other folder. */
async function pointerAt({ fileSystem, path }: ResolvedFile): Promise<LatestPointer | undefined> {
  if ((await fileSystem.stat(path))?.kind !== "folder") return undefined;
  const isCheckpoint = (await fileSystem.stat(posix.join(path, METADATA_FILE))) !== undefined;
  return isCheckpoint ? undefined : readPointer(fileSystem, path);
}

/** One checkpoint or savepoint. */
export class SnapshotReader {
  readonly jobName: string;
  readonly checkpointId: number;
  readonly kind: CheckpointKind;
  readonly completedMs: number;
  /** Its folder as a URI: what `--from` takes. */
  readonly location: string;
  /** Bytes of all its files. */
  readonly stateBytes: number;
  /** In the order of the plan of the job that took it. */
  readonly operators: readonly OperatorReader[];
  /** @internal */
  readonly checkpoint: CompletedCheckpoint;

  /** @internal */
  constructor(checkpoint: CompletedCheckpoint, resolve: (uri: string) => ResolvedFile = resolveUri) {
    const { metadata, location, stateBytes } = checkpoint;
    this.jobName = metadata.jobName;
    this.checkpointId = metadata.checkpointId;
    this.kind = metadata.kind;
    this.completedMs = metadata.completedMs;
    this.location = location;
    this.stateBytes = stateBytes;
    this.checkpoint = checkpoint;
    this.operators = metadata.operators.map((operator) => new OperatorReader(operator, location, resolve));
  }

  /**
   * An operator by its uid, its name where only one has it, or its id.
   *
   * @throws {MillraceError} `CONFIG_INVALID`, with the names that there are.
   */
  operator(uidOrName: string): OperatorReader {
    const { operators } = this;
    const byIdentity = operators.find(({ uid, id }) => uid === uidOrName || id === uidOrName);
    if (byIdentity !== undefined) return byIdentity;
    const named = operators.filter(({ name }) => name === uidOrName);
    if (named.length === 1) return named[0]!;
    if (named.length > 1) {
      throw notFound(
        `${named.length} operators of ${this.location} are called "${uidOrName}"`,
        `Name one by its uid or id: ${named.map(({ uid, id }) => uid ?? id).join(", ")}.`,
      );
    }
    throw notFound(
      `${this.location} has no operator "${uidOrName}"`,
      `It has ${operators.map(({ uid, name }) => (uid === undefined ? `"${name}"` : `"${uid}"`)).join(", ") || "none"}.`,
    );
  }
}
