import { randomUUID } from "node:crypto";
import { posix } from "node:path";
import type { Clock } from "../core/clock.ts";
import { RestoreError } from "../core/errors.ts";
import type { CheckpointId } from "../core/ids.ts";
import { invariant } from "../core/invariant.ts";
import type { FileSystem } from "../filesystem/file-system.ts";
import { type ResolvedFile, resolveUri, uriOf } from "../filesystem/resolve.ts";
import { sentenceOf } from "./checked-value.ts";
import {
  checkpointFolder,
  completeFolder,
  METADATA_FILE,
  makeSavepointFolder,
  parseCheckpointFolder,
  readFolder,
  removeFolder,
  sharedFilesOf,
} from "./checkpoint-folder.ts";
import type { CheckpointStorage, CheckpointTarget } from "./checkpoint-storage.ts";
import { removeCheckpoint } from "./dispose-checkpoint.ts";
import { folderOfJob } from "./job-folder.ts";
import { JobLease } from "./job-lease.ts";
import { type LatestPointer, readPointer, removePointer, writePointer } from "./latest-pointer.ts";
import type { PointedCheckpoint } from "./leadership/leader-record.ts";
import type { Leadership } from "./leadership/leadership.ts";
import { type ProcessTable, systemProcesses } from "./process-identity.ts";
import type { CheckpointMetadata, CompletedCheckpoint } from "./snapshot.ts";
import { damageOf, loadWhole } from "./verify-checkpoint.ts";

export interface FolderStorageOptions {
  readonly fileSystem: FileSystem;
  /** The checkpoint folder, in which each job has its own. */
  readonly path: string;
  readonly jobName: string;
  readonly jobId: string;
  readonly inlineBytesMax: number;
  readonly clock: Clock;
  readonly processes?: ProcessTable;
  /** Finds the folders of savepoints. */
  readonly resolve?: (uri: string) => ResolvedFile;
  /** Gives a new text of hex digits and "-" at each call. */
  readonly unique?: () => string;
  /** With high availability: what this process does counts only as long as it leads, and the leader log holds the pointer. */
  readonly leadership?: Leadership | undefined;
}

/**
 * Checkpoints of one job in a folder of a file system:
 *
 *     <path>/<job name>/latest            names the last completed checkpoint
 *                       lock.<epoch>      names the process that runs the job
 *                       chk-42/_metadata  completes checkpoint 42
 *                       chk-42/...        its state
 *                       shared/...        files that several checkpoints refer to, each named after the first (`chk-42_...`)
 *
 * A checkpoint counts as taken when the pointer names it: a complete one that the pointer never named (the process died in
 * between) has had no effect outside, and is only used where what the pointer names cannot be read.
 *
 * With high availability a process that was overtaken may still be at work without knowing it. So the leader log is the pointer, and
 * `latest` a copy of it; each leader has folders of its own (`chk-42-e7`), and removes none of a later one.
 */
export class FolderCheckpointStorage implements CheckpointStorage {
  readonly description: string;
  readonly durable = true;
  readonly #options: FolderStorageOptions;
  readonly #fileSystem: FileSystem;
  readonly #folder: string;
  readonly #unique: () => string;
  #lease: JobLease | undefined;
  #retained: CompletedCheckpoint[] = [];
  /** Complete by their `_metadata`, but not to be read; kept, for a person to look at. */
  #unreadable: { readonly id: number; readonly location: string; readonly error: RestoreError }[] = [];
  /** What is known to be in `latest`. */
  #pointer: LatestPointer | undefined;
  /** Ends when the checkpoint that was completed last has been, or has failed to. */
  #completion: Promise<void> = Promise.resolve();
  /** Folders of attempts that go on. */
  readonly #attempts = new Set<number>();
  /** By attempt that goes on: the shared files of the checkpoint that it builds on, which stay as long. */
  readonly #bases = new Map<number, ReadonlySet<string>>();
  /** Shared files that nothing but such an attempt refers to any more. */
  readonly #outdated = new Set<string>();
  /** Attempts that the leader log or the pointer may name: another process may start from them. */
  readonly #doubtful = new Set<number>();
  /** `_metadata` of checkpoints that have failed and that the pointer may name: they must go before the job goes back to another one. */
  readonly #disowned = new Set<string>();

  constructor(options: FolderStorageOptions) {
    this.#options = options;
    this.#fileSystem = options.fileSystem;
    this.#folder = posix.join(options.path, folderOfJob(options.jobName));
    this.#unique = options.unique ?? randomUUID;
    this.description = `checkpoints in ${uriOf(options.fileSystem, this.#folder)}; they survive the process`;
  }

  async open(): Promise<void> {
    const { jobName, clock } = this.#options;
    await this.#fileSystem.makeFolder(this.#folder);
    // Read before the locks are looked at, so that no epoch that is taken meanwhile lies below ours.
    const epochBefore = (await this.#readPointer()).pointer?.epoch ?? 0;
    this.#lease = await JobLease.take({
      fileSystem: this.#fileSystem,
      folder: this.#folder,
      jobName,
      clock,
      processes: this.#options.processes ?? systemProcesses,
      token: this.#unique(),
      epochBefore,
      group: this.#options.leadership?.group,
    });
    try {
      this.#pointer = (await this.#readPointer()).pointer;
      await this.#readRetained();
      await this.#sweepShared();
    } catch (error) {
      await this.#giveBack(this.#lease);
      this.#lease = undefined;
      throw error;
    }
  }

  /** Reads all state that the checkpoint refers to, so that a damaged file shows before anything runs. */
  async latest(): Promise<{ checkpoint: CompletedCheckpoint | undefined; passedOver: readonly string[] }> {
    for (;;) {
      const found = await this.#latestByMetadata();
      const damage = found.checkpoint === undefined ? undefined : await this.#damageOf(found.checkpoint);
      if (damage === undefined) return found;
      this.#retained = this.#retained.filter((other) => other !== found.checkpoint);
      const { metadata, location } = found.checkpoint!;
      this.#unreadable.push({ id: metadata.checkpointId, location, error: damage });
    }
  }

  /** The same, by what its `_metadata` says of its files. */
  async #latestByMetadata(): Promise<{
    checkpoint: CompletedCheckpoint | undefined;
    passedOver: readonly string[];
  }> {
    const newest = this.#retained.at(-1);
    const newestId = newest?.metadata.checkpointId ?? 0;
    const passedOver = this.#unreadable.filter(({ id }) => id > newestId).map(({ error }) => sentenceOf(error));
    const { pointed, problem } = await this.#readPointed();
    if (problem !== undefined) passedOver.push(problem);
    if (pointed === undefined) {
      if (newest !== undefined && problem === undefined) passedOver.push(`${this.#folder}/latest is missing.`);
    } else {
      const place = this.#resolve(pointed.location);
      if (place.fileSystem !== this.#fileSystem || posix.dirname(place.path) !== this.#folder) {
        // The leader before kept its checkpoints in another folder. What is in this one is older, if there is anything.
        return { checkpoint: await loadWhole(pointed.location, (uri) => this.#resolve(uri)), passedOver: [] };
      }
      const named = this.#retained.find(({ location }) => location === pointed.location);
      if (named !== undefined) return { checkpoint: named, passedOver: [] };
      const error = this.#unreadable.find(({ location }) => location === pointed.location)?.error;
      // It can be read, only not by this version; to go back behind it would be a surprise.
      if (error?.code === "CHECKPOINT_FORMAT_UNKNOWN") throw error;
      if (error === undefined) passedOver.push(`${pointed.location}, which "latest" names, is not complete.`);
      else if (pointed.checkpointId < newestId) passedOver.push(sentenceOf(error));
    }
    if (newest === undefined && passedOver.length > 0) throw this.#nothingReadable(passedOver);
    return { checkpoint: newest, passedOver };
  }

  retained(): readonly CompletedCheckpoint[] {
    return [...this.#retained];
  }

  highestId(): number {
    return Math.max(
      0,
      ...this.#retained.map(({ metadata }) => metadata.checkpointId),
      ...this.#unreadable.map(({ id }) => id),
    );
  }

  async begin(id: CheckpointId): Promise<CheckpointTarget> {
    this.#requireLease();
    invariant(!this.#isComplete(id), "the id of a complete checkpoint is not used again", { id });
    this.#attempts.add(id);
    await this.#fileSystem.makeFolder(this.#folderOf(id));
    const base = this.#retained.at(-1);
    this.#bases.set(id, base === undefined ? new Set() : sharedFilesOf(base.metadata));
    const target = this.#target(uriOf(this.#fileSystem, this.#folderOf(id)));
    const prefix = this.#sharedPrefix(id);
    if (base === undefined) return { ...target, shared: { prefix, baseId: 0 } };
    return { ...target, shared: { prefix, baseId: base.metadata.checkpointId, baseLocation: base.location } };
  }

  async beginSavepoint(_id: CheckpointId, directory: string): Promise<CheckpointTarget> {
    return this.#target(await makeSavepointFolder(this.#resolve(directory), this.#options.jobId, this.#unique()));
  }

  complete(target: CheckpointTarget, metadata: CheckpointMetadata): Promise<CompletedCheckpoint> {
    const completion = this.#complete(target, metadata);
    // The caller hears of a failure; `close` only waits for the end.
    this.#completion = completion.then(ignoreForSweep, ignoreForSweep);
    return completion;
  }

  async #complete(target: CheckpointTarget, metadata: CheckpointMetadata): Promise<CompletedCheckpoint> {
    invariant(target.kind === "folder", "a folder's storage completes what it has begun", { kind: target.kind });
    if (metadata.kind === "savepoint") return completeFolder(this.#resolve(target.uri), metadata);
    const id = metadata.checkpointId;
    const lease = this.#requireLease();
    const before = this.#pointer;
    invariant(
      before === undefined || before.epoch < lease.epoch || before.checkpointId < id,
      "the pointer never goes back within an epoch",
      { before: before?.checkpointId, id },
    );
    await lease.check();
    const place = { fileSystem: this.#fileSystem, path: this.#folderOf(id) };
    const checkpoint = await completeFolder(place, metadata);
    const { completedMs } = metadata;
    const { leadership } = this.#options;
    if (leadership !== undefined) {
      this.#doubtful.add(id);
      await leadership.pointTo({ checkpointId: id, location: checkpoint.location, completedMs });
      this.#doubtful.delete(id);
    }
    const pointer = { epoch: lease.epoch, checkpointId: id, path: posix.basename(place.path), completedMs };
    try {
      await writePointer(this.#fileSystem, this.#folder, pointer);
    } catch (error) {
      // The leader log has it already; what it says counts.
      if (leadership === undefined) {
        // The pointer may have moved all the same. Where there is a checkpoint before, it names what is not complete any more, and that is
        // used. Otherwise this one stays: whoever finds it named may go on from it, since nothing was made visible.
        if (this.#retained.length === 0) this.#doubtful.add(id);
        else this.#disowned.add(posix.join(place.path, METADATA_FILE));
        await this.settle().catch(ignoreForSweep);
        throw error;
      }
    }
    this.#pointer = pointer;
    this.#disowned.clear();
    this.#attempts.delete(id);
    this.#retained.push(checkpoint);
    this.#bases.delete(id);
    await this.#sweepBelow(id).catch(ignoreForSweep);
    await this.#removeShared([]).catch(ignoreForSweep);
    return checkpoint;
  }

  async settle(): Promise<void> {
    for (const file of [...this.#disowned]) {
      await this.#fileSystem.remove(file);
      this.#disowned.delete(file);
    }
  }

  async discardAttempt(id: CheckpointId, target: CheckpointTarget): Promise<void> {
    if (target.kind === "memory") return;
    const place = this.#resolve(target.uri);
    if (place.path !== this.#folderOf(id)) return removeFolder(place);
    invariant(!this.#isComplete(id), "a complete checkpoint is not given up", { id });
    if (this.#doubtful.has(id)) return;
    await removeFolder({ fileSystem: this.#fileSystem, path: place.path });
    this.#attempts.delete(id);
    this.#bases.delete(id);
    await this.#sweepShared();
  }

  async discard(checkpoint: CompletedCheckpoint): Promise<void> {
    const id = checkpoint.metadata.checkpointId;
    const place = this.#resolve(checkpoint.location);
    if (posix.dirname(place.path) !== this.#folder) return removeCheckpoint(place, checkpoint.metadata);
    invariant(id !== this.#pointer?.checkpointId, "what the pointer names is never removed", { id });
    this.#retained = this.#retained.filter((other) => other !== checkpoint);
    await removeFolder(place);
    await this.#removeShared(sharedFilesOf(checkpoint.metadata));
  }

  async close(removeAll: boolean): Promise<void> {
    // A pointer that moves after the lease has been given back would be another process's.
    await this.#completion;
    const lease = this.#lease;
    if (lease === undefined) return;
    this.#lease = undefined;
    try {
      if (removeAll) {
        await this.#options.leadership?.seal();
        await this.#removeAll();
      }
    } finally {
      await this.#giveBack(lease);
    }
  }

  async isUntouched(): Promise<boolean> {
    const pointer = await readPointer(this.#fileSystem, this.#folder).catch(() => undefined);
    return pointer !== undefined && JSON.stringify(pointer) === JSON.stringify(this.#pointer);
  }

  /** The pointer goes first, so that nothing names what is gone. */
  removeAtExit(): void {
    const { removeSync } = this.#fileSystem;
    if (this.#lease === undefined || removeSync === undefined) return;
    for (const name of ["latest", ...this.#retained.map(({ location }) => posix.basename(location)), "shared"]) {
      removeSync.call(this.#fileSystem, posix.join(this.#folder, name));
    }
  }

  get removesAtOnce(): boolean {
    return this.#fileSystem.removeSync !== undefined;
  }

  /** Reads what is there, and removes what attempts that died have left. */
  async #readRetained(): Promise<void> {
    this.#retained = [];
    this.#unreadable = [];
    await this.#removeTemporary(this.#folder);
    for (const { id, epoch, path } of await this.#checkpointFolders()) {
      if (epoch > this.#epoch) continue;
      if ((await this.#fileSystem.stat(posix.join(path, METADATA_FILE))) === undefined) {
        await this.#fileSystem.remove(path);
        continue;
      }
      await this.#removeTemporary(path);
      try {
        this.#retained.push(await readFolder({ fileSystem: this.#fileSystem, path }));
      } catch (error) {
        // A disk that does not answer now says nothing of the checkpoint; to go back behind it for that would be wrong.
        if (!(error instanceof RestoreError)) throw error;
        this.#unreadable.push({ id, location: uriOf(this.#fileSystem, path), error });
      }
    }
  }

  async #damageOf({ metadata, location }: CompletedCheckpoint): Promise<RestoreError | undefined> {
    const found = await damageOf(this.#resolve(location), metadata);
    const outside = found.find((error) => !(error instanceof RestoreError));
    // As above: a disk that does not answer says nothing of the checkpoint.
    if (outside !== undefined) throw outside;
    return found[0] as RestoreError | undefined;
  }

  /** Where the job goes on: as the leader log says, where there is one and it does say. */
  async #readPointed(): Promise<{ pointed: PointedCheckpoint | undefined; problem: string | undefined }> {
    const logged = this.#options.leadership?.checkpoint;
    if (logged !== undefined) return { pointed: logged, problem: undefined };
    const { pointer, problem } = await this.#readPointer();
    if (pointer === undefined) return { pointed: undefined, problem };
    const location = uriOf(this.#fileSystem, posix.join(this.#folder, pointer.path));
    return { pointed: { ...pointer, location }, problem };
  }

  /** What `latest` says; `problem` where it is damaged. */
  async #readPointer(): Promise<{ pointer: LatestPointer | undefined; problem: string | undefined }> {
    try {
      return { pointer: await readPointer(this.#fileSystem, this.#folder), problem: undefined };
    } catch (error) {
      if (!(error instanceof RestoreError)) throw error;
      return { pointer: undefined, problem: sentenceOf(error) };
    }
  }

  /** Removes what late tasks have left of attempts that were given up: older than `id`, and not completed. */
  async #sweepBelow(id: CheckpointId): Promise<void> {
    for (const found of await this.#checkpointFolders()) {
      if (found.id >= id || found.epoch > this.#epoch || this.#attempts.has(found.id)) continue;
      if (!this.#isComplete(found.id)) await removeFolder({ fileSystem: this.#fileSystem, path: found.path });
    }
  }

  /** Removes those of `names`, and of what had to wait, that nothing refers to any more. */
  async #removeShared(names: Iterable<string>): Promise<void> {
    for (const name of names) this.#outdated.add(name);
    // What a checkpoint refers to that cannot be read now is not known.
    if (this.#outdated.size === 0 || this.#unreadable.length > 0) return;
    const kept = this.#sharedInUse();
    for (const name of [...this.#outdated]) {
      if (kept.has(name)) continue;
      await this.#fileSystem.remove(posix.join(this.#folder, "shared", name));
      this.#outdated.delete(name);
    }
    // What is retained is outdated again when that is discarded.
    for (const { metadata } of this.#retained) for (const name of sharedFilesOf(metadata)) this.#outdated.delete(name);
  }

  /** Removes the shared files of attempts that were given up, and of those that died. */
  async #sweepShared(): Promise<void> {
    const shared = posix.join(this.#folder, "shared");
    const entries = await this.#fileSystem.list(shared);
    const temporary = await this.#fileSystem.listTemporary(shared);
    for (const { path } of temporary) if (this.#attempts.size === 0) await this.#fileSystem.remove(path);
    const names = entries.map(({ path }) => posix.basename(path));
    await this.#removeShared(
      names.filter((name) => {
        const attempt = parseCheckpointFolder(name.split("_")[0]!);
        return attempt !== undefined && attempt.epoch <= this.#epoch && !this.#attempts.has(attempt.id);
      }),
    );
  }

  #sharedInUse(): ReadonlySet<string> {
    const used = new Set<string>();
    for (const { metadata } of this.#retained) for (const name of sharedFilesOf(metadata)) used.add(name);
    for (const names of this.#bases.values()) for (const name of names) used.add(name);
    return used;
  }

  #sharedPrefix(id: number): string {
    return `${checkpointFolder({ id, epoch: this.#options.leadership?.epoch ?? 0 })}_`;
  }

  async #removeAll(): Promise<void> {
    await removePointer(this.#fileSystem, this.#folder);
    this.#pointer = undefined;
    for (const { epoch, path } of await this.#checkpointFolders()) {
      if (epoch <= this.#epoch) await removeFolder({ fileSystem: this.#fileSystem, path });
    }
    this.#retained = [];
    await this.#fileSystem.remove(posix.join(this.#folder, "shared"));
  }

  async #removeTemporary(folder: string): Promise<void> {
    for (const { path } of await this.#fileSystem.listTemporary(folder)) await this.#fileSystem.remove(path);
  }

  /** All checkpoints, in ascending order of their ids. */
  async #checkpointFolders(): Promise<{ id: number; epoch: number; path: string }[]> {
    const entries = await this.#fileSystem.list(this.#folder);
    return entries
      .flatMap(({ kind, path }) => {
        const name = kind === "folder" ? parseCheckpointFolder(posix.basename(path)) : undefined;
        return name === undefined ? [] : [{ ...name, path }];
      })
      .sort((a, b) => a.id - b.id || a.epoch - b.epoch);
  }

  #isComplete(id: number): boolean {
    return (
      this.#retained.some(({ metadata }) => metadata.checkpointId === id) ||
      this.#unreadable.some((other) => other.id === id)
    );
  }

  #folderOf(id: number): string {
    return posix.join(this.#folder, checkpointFolder({ id, epoch: this.#options.leadership?.epoch ?? 0 }));
  }

  /** Of folders of later epochs, another process is the owner. Without high availability there is no other process. */
  get #epoch(): number {
    return this.#options.leadership?.epoch ?? Number.POSITIVE_INFINITY;
  }

  /** What lies in the job's own folder is in the job's own file system. */
  #resolve(uri: string): ResolvedFile {
    const own = uriOf(this.#fileSystem, this.#options.path);
    if (uri === own || uri.startsWith(`${own}/`)) {
      return { fileSystem: this.#fileSystem, path: uri.slice(uriOf(this.#fileSystem, "").length) };
    }
    return (this.#options.resolve ?? resolveUri)(uri);
  }

  #target(uri: string): Extract<CheckpointTarget, { kind: "folder" }> {
    return { kind: "folder", uri, inlineBytesMax: this.#options.inlineBytesMax };
  }

  /** A leader's lock is overruled by the next one anyway. */
  async #giveBack(lease: JobLease): Promise<void> {
    if (this.#options.leadership === undefined) return lease.release();
    await lease.release().catch(ignoreForSweep);
  }

  #requireLease(): JobLease {
    invariant(this.#lease !== undefined, "checkpoint storage is open", { folder: this.#folder });
    return this.#lease;
  }

  #nothingReadable(passedOver: readonly string[]): RestoreError {
    return new RestoreError("CHECKPOINT_CORRUPT", {
      message: `job "${this.#options.jobName}" has checkpoints in ${this.#folder}, but none can be read. ${passedOver.join(" ")}`,
      advice: "Restore the folder from a backup, start from a savepoint with --from, or begin empty with --fresh.",
      facts: { folder: this.#folder },
    });
  }
}

/** What could not be removed is not complete; the sweep after the next checkpoint, or the next start, tries again. */
function ignoreForSweep(): void {}
