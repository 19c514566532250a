import { posix } from "node:path";
import type { Clock } from "../core/clock.ts";
import { MillraceError } from "../core/errors.ts";
import type { FileSystem } from "../filesystem/file-system.ts";
import type { ProcessIdentity, ProcessTable } from "./process-identity.ts";

interface Holder extends ProcessIdentity {
  readonly sinceMs: number;
  readonly token: string;
  /** The holder gave it back. The file stays, so that numbers never repeat. */
  readonly released: boolean;
  readonly group?: string;
}

/** A race that is lost this often in a row is not one any more. */
const ATTEMPTS_MAX = 16;

/**
 * One live process per job folder. Each taker creates the file `lock.<epoch>` with the next number; of the files there are, the
 * one with the highest number counts:
 *
 *     lock.6 (its process died)    A and B see 6    A creates lock.7    B cannot, looks again, sees A
 *
 * A number is created once and only lower ones are removed, so however slow a taker is, it never takes away a newer lock.
 */
export class JobLease {
  /** Grows by at least one each time the folder is taken. */
  readonly epoch: number;
  readonly #folder: string;
  readonly #fileSystem: FileSystem;
  readonly #jobName: string;
  readonly #holder: Holder;

  private constructor(request: LeaseRequest, holder: Holder, epoch: number) {
    this.epoch = epoch;
    this.#fileSystem = request.fileSystem;
    this.#folder = request.folder;
    this.#jobName = request.jobName;
    this.#holder = holder;
  }

  /** @throws {MillraceError} `JOB_ALREADY_RUNNING` while a live process holds the folder. */
  static async take(request: LeaseRequest): Promise<JobLease> {
    const { fileSystem, folder, processes, clock } = request;
    const who = { ...processes.self, sinceMs: clock.nowMs(), token: request.token, released: false };
    const holder: Holder = request.group === undefined ? who : { ...who, group: request.group };
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      const highest = (await locksIn(fileSystem, folder)).at(-1);
      if (highest !== undefined) await refuseIfAlive(request, highest.path);
      const epoch = Math.max(highest?.epoch ?? 0, request.epochBefore) + 1;
      const path = posix.join(folder, `lock.${epoch}`);
      if (!(await fileSystem.createExclusive(path, encode(holder)))) continue;
      const locks = await locksIn(fileSystem, folder);
      if (locks.at(-1)?.epoch !== epoch) {
        // A slow start: others have come and gone since it looked.
        await fileSystem.remove(path);
        continue;
      }
      for (const lock of locks.slice(0, -1)) await fileSystem.remove(lock.path);
      return new JobLease(request, holder, epoch);
    }
    throw new MillraceError("JOB_ALREADY_RUNNING", {
      message: `job "${request.jobName}" is being started by several processes at once in ${folder}.`,
      advice: "Start it once.",
      facts: { folder },
    });
  }

  /** Asks, before something that only the holder may do, whether the lease is still ours. @throws {MillraceError} `JOB_ALREADY_RUNNING`. */
  async check(): Promise<void> {
    const highest = (await locksIn(this.#fileSystem, this.#folder)).at(-1);
    // Nobody else has it while no newer number is there, even if a person has deleted our file.
    if (highest === undefined || highest.epoch < this.epoch) return;
    const holder = await readHolder(this.#fileSystem, highest.path);
    if (highest.epoch === this.epoch && holder?.token === this.#holder.token) return;
    // Something else decides who of the group leads: a slow one may have come for the lock when it no longer did.
    if (holder?.group !== undefined && holder.group === this.#holder.group) return;
    throw alreadyRunning(this.#jobName, highest.path, holder);
  }

  async release(): Promise<void> {
    const path = posix.join(this.#folder, `lock.${this.epoch}`);
    if ((await readHolder(this.#fileSystem, path))?.token !== this.#holder.token) return;
    const writer = await this.#fileSystem.create(path);
    try {
      await writer.append(encode({ ...this.#holder, released: true }));
      await writer.publish();
    } finally {
      await writer.abort();
    }
  }
}

export interface LeaseQuestion {
  readonly fileSystem: FileSystem;
  /** The job's folder; it exists. */
  readonly folder: string;
  readonly jobName: string;
  readonly processes: ProcessTable;
  /** Of those that name the same, something else has decided that the taker leads: it need not wait for their end. */
  readonly group?: string | undefined;
}

export interface LeaseRequest extends LeaseQuestion {
  readonly clock: Clock;
  /** Different for each taker. */
  readonly token: string;
  /** The highest epoch known from elsewhere, read before the call; the new one is above it. */
  readonly epochBefore: number;
}

/** @throws {MillraceError} `JOB_ALREADY_RUNNING` while a live process holds the job's folder. */
export async function refuseIfHeld(request: LeaseQuestion): Promise<void> {
  const highest = (await locksIn(request.fileSystem, request.folder)).at(-1);
  if (highest !== undefined) await refuseIfAlive(request, highest.path);
}

async function refuseIfAlive(request: LeaseQuestion, path: string): Promise<void> {
  const holder = await readHolder(request.fileSystem, path);
  const overruled = request.group !== undefined && holder?.group === request.group;
  const gone = overruled || (holder !== undefined && (holder.released || !request.processes.isAlive(holder)));
  if (!gone && (await request.fileSystem.stat(path)) !== undefined) throw alreadyRunning(request.jobName, path, holder);
}

/** All locks, in ascending order of their numbers. */
async function locksIn(fileSystem: FileSystem, folder: string): Promise<{ path: string; epoch: number }[]> {
  const entries = await fileSystem.list(folder);
  return entries
    .map(({ path }) => ({ path, epoch: Number(/^lock\.(\d{1,15})$/.exec(posix.basename(path))?.[1] ?? Number.NaN) }))
    .filter(({ epoch }) => !Number.isNaN(epoch))
    .sort((a, b) => a.epoch - b.epoch);
}

/** Undefined where the file is gone, or is not what we write. */
async function readHolder(fileSystem: FileSystem, path: string): Promise<Holder | undefined> {
  let text: string;
  try {
    text = new TextDecoder().decode(await fileSystem.read(path));
  } catch (error) {
    if (error instanceof MillraceError && error.code === "FILE_NOT_FOUND") return undefined;
    throw error;
  }
  try {
    const found: unknown = JSON.parse(text);
    return isHolder(found) ? found : undefined;
  } catch {
    return undefined;
  }
}

function isHolder(found: unknown): found is Holder {
  if (typeof found !== "object" || found === null) return false;
  const { pid, host, sinceMs, token, released } = found as Partial<Record<keyof Holder, unknown>>;
  return (
    typeof pid === "number" &&
    typeof host === "string" &&
    Number.isFinite(sinceMs) &&
    typeof token === "string" &&
    typeof released === "boolean"
  );
}

function encode(holder: Holder): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(holder)}\n`);
}

function alreadyRunning(jobName: string, path: string, holder: Holder | undefined): MillraceError {
  const who =
    holder === undefined
      ? "a process that cannot be told from its lock file"
      : `process ${holder.pid} on host "${holder.host}" since ${new Date(holder.sinceMs).toISOString()}`;
  return new MillraceError("JOB_ALREADY_RUNNING", {
    message: `job "${jobName}" is being run by ${who}.`,
    advice: `Stop that process, or give this job another name. If nothing runs there any more, delete ${path}.`,
    facts: { path, pid: holder?.pid, host: holder?.host, sinceMs: holder?.sinceMs },
  });
}
