import { randomUUID } from "node:crypto";
import { userInfo } from "node:os";
import type { Clock } from "../../core/clock.ts";
import { systemClock } from "../../core/system-clock.ts";
import { systemError, tooShort } from "../file-error.ts";
import type { FileStatus, FileSystem, FileWriter, ResumableWriter, ResumePoint } from "../file-system.ts";
import { isTemporary, temporaryPath } from "../temporary-name.ts";
import { hdfsError } from "./hdfs-error.ts";
import { HdfsFileWriter } from "./hdfs-file-writer.ts";
import { childOf, type HdfsPlace, pathOf, placeAt } from "./hdfs-path.ts";
import { HdfsResumableWriter } from "./hdfs-resumable-writer.ts";
import { RemoteException } from "./remote-exception.ts";
import { type HdfsStatus, pause, WebHdfs } from "./web-hdfs.ts";

/** HDFS lets go of a dead writer's file after a minute, its soft limit; and then needs some seconds to agree on the last block. */
const CUT_WITHIN_MS = 90_000;
const CUT_PAUSE_MS = 250;

export interface HdfsOptions {
  readonly scheme?: string;
  /** Who the cluster takes this process for. Default: `HADOOP_USER_NAME`, otherwise the user that runs it. */
  readonly user?: string;
  readonly clock?: Clock;
  readonly unique?: () => string;
}

/**
 * Files of Hadoop clusters, by WebHDFS; a path is `/namenode:port/path`. As on a local disk, a file is written under a temporary name in its
 * own folder and gets its name by a rename, which HDFS does in one step.
 */
export class HdfsFileSystem implements FileSystem {
  readonly scheme: string;
  readonly #user: string;
  readonly #clock: Clock;
  readonly #unique: () => string;
  readonly #clusters = new Map<string, WebHdfs>();

  constructor(options: HdfsOptions = {}) {
    this.scheme = options.scheme ?? "hdfs";
    this.#user = options.user ?? process.env["HADOOP_USER_NAME"] ?? userInfo().username;
    this.#clock = options.clock ?? systemClock;
    this.#unique = options.unique ?? randomUUID;
  }

  read(path: string, range?: { readonly offset: number; readonly length: number }): Promise<Uint8Array> {
    return this.#attempt("read", path, async (hdfs, place) => {
      const { type, length: size } = await hdfs.status(place.path);
      if (type === "DIRECTORY") throw systemError("EISDIR", "it is a folder");
      const offset = range?.offset ?? 0;
      const length = Math.min(range?.length ?? size, size - offset);
      return length <= 0 ? new Uint8Array(0) : hdfs.read(place.path, offset, length);
    });
  }

  create(path: string): Promise<FileWriter> {
    return this.#create(path);
  }

  async createExclusive(path: string, bytes: Uint8Array): Promise<boolean> {
    // Most who come too late are spared a file of their own.
    if ((await this.stat(path)) !== undefined) return false;
    const writer = await this.#create(path);
    try {
      await writer.append(bytes);
      return await writer.publishExclusive();
    } catch (error) {
      // The rename's answer may have been lost on its way here.
      if (await this.#holds(path, bytes)) return true;
      throw error;
    } finally {
      await writer.abort();
    }
  }

  openResumable(target: string): Promise<ResumableWriter> {
    const temporary = temporaryPath(target, this.#unique());
    return this.#attempt("create", target, async (hdfs) => {
      const upload = await hdfs.create(placeAt(temporary).path);
      return new HdfsResumableWriter({ ...this.#resumable(hdfs, target, temporary), length: 0, upload });
    });
  }

  resume(point: ResumePoint): Promise<ResumableWriter> {
    const { target, temporary, length } = point;
    return this.#attempt("go on writing", temporary, async (hdfs) => {
      await this.#cutTo(hdfs, point);
      return new HdfsResumableWriter({ ...this.#resumable(hdfs, target, temporary), length, upload: undefined });
    });
  }

  publishResumable(point: ResumePoint): Promise<void> {
    return this.#attempt("publish", point.target, async (hdfs, target) => {
      try {
        await this.#cutTo(hdfs, point);
        await hdfs.rename(placeAt(point.temporary).path, target.path, { overwrite: true });
      } catch (error) {
        if (!isMissing(error)) throw error;
        // Published before, unless both are gone.
        await hdfs.status(target.path);
      }
    });
  }

  stat(path: string): Promise<FileStatus | undefined> {
    return this.#attempt("look at", path, async (hdfs, place) => {
      try {
        return statusOf(path, await hdfs.status(place.path));
      } catch (error) {
        if (isMissing(error) || isBelowFile(error)) return undefined;
        throw error;
      }
    });
  }

  list(folder: string): Promise<FileStatus[]> {
    return this.#entries(folder, (name) => !isTemporary(name));
  }

  listTemporary(folder: string): Promise<FileStatus[]> {
    return this.#entries(folder, isTemporary);
  }

  makeFolder(path: string): Promise<void> {
    return this.#attempt("make folder", path, (hdfs, place) => hdfs.makeFolder(place.path));
  }

  remove(path: string): Promise<void> {
    return this.#attempt("remove", path, (hdfs, place) => hdfs.remove(place.path));
  }

  #create(path: string): Promise<HdfsFileWriter> {
    return this.#attempt("create", path, async (hdfs, place) => {
      const temporary = temporaryPath(place.path, this.#unique());
      const upload = await hdfs.create(temporary);
      return new HdfsFileWriter(hdfs, place.path, temporary, upload, this.#failing(path));
    });
  }

  #resumable(
    hdfs: WebHdfs,
    target: string,
    temporary: string,
  ): Omit<ConstructorParameters<typeof HdfsResumableWriter>[0], "length" | "upload"> {
    const { path } = placeAt(temporary);
    return {
      target,
      temporary,
      openAppend: () => hdfs.append(path),
      lengthNow: async () => (await hdfs.status(path)).length,
      remove: () => hdfs.remove(path),
      fail: this.#failing(target),
    };
  }

  /** Cuts an unfinished file to the point's length, once whoever wrote it has let go of it. */
  async #cutTo(hdfs: WebHdfs, point: ResumePoint): Promise<void> {
    const { path } = placeAt(point.temporary);
    const untilMs = this.#clock.nowMs() + CUT_WITHIN_MS;
    for (;;) {
      try {
        if (await hdfs.truncate(path, point.length)) return;
        if (this.#clock.nowMs() > untilMs) throw new Error(`HDFS has not cut it within ${CUT_WITHIN_MS} ms`);
      } catch (error) {
        if (isLonger(error)) throw tooShort(point, (await hdfs.status(path)).length);
        if (!isStillOpen(error) || this.#clock.nowMs() > untilMs) throw error;
      }
      await pause(this.#clock, CUT_PAUSE_MS);
    }
  }

  async #holds(path: string, bytes: Uint8Array): Promise<boolean> {
    const found = await this.read(path).catch(() => undefined);
    return found !== undefined && Buffer.compare(found, bytes) === 0;
  }

  #entries(folder: string, wanted: (name: string) => boolean): Promise<FileStatus[]> {
    return this.#attempt("list", folder, async (hdfs, place) => {
      let found: HdfsStatus[];
      try {
        found = await hdfs.list(place.path);
      } catch (error) {
        if (isMissing(error)) return [];
        throw error;
      }
      if (found.some(({ pathSuffix }) => pathSuffix === "")) throw systemError("ENOTDIR", "it is a file");
      return found
        .filter(({ pathSuffix }) => wanted(pathSuffix))
        .map((status) => statusOf(childOf(place, status.pathSuffix), status))
        .sort((a, b) => (a.path < b.path ? -1 : 1));
    });
  }

  async #attempt<T>(action: string, path: string, work: (hdfs: WebHdfs, place: HdfsPlace) => Promise<T>): Promise<T> {
    const place = placeAt(path);
    try {
      return await work(this.#clusterOf(place), place);
    } catch (error) {
      throw this.#failing(pathOf(place))(action, error);
    }
  }

  #failing(path: string): (action: string, error: unknown) => Error {
    return (action, error) => hdfsError(action, path, this.#user, error);
  }

  #clusterOf({ authority }: HdfsPlace): WebHdfs {
    let cluster = this.#clusters.get(authority);
    if (cluster === undefined) {
      cluster = new WebHdfs(authority, this.#user, this.#clock);
      this.#clusters.set(authority, cluster);
    }
    return cluster;
  }
}

function statusOf(path: string, { type, length, modificationTime }: HdfsStatus): FileStatus {
  return {
    path,
    kind: type === "DIRECTORY" ? "folder" : "file",
    length: type === "DIRECTORY" ? 0 : length,
    modifiedMs: modificationTime,
  };
}

function isMissing(error: unknown): boolean {
  return error instanceof RemoteException && error.exception === "FileNotFoundException";
}

function isBelowFile(error: unknown): boolean {
  return error instanceof RemoteException && /is not a directory/i.test(error.message);
}

/** Open by a writer that has not gone yet, or about to be closed for one that has. */
function isStillOpen(error: unknown): boolean {
  if (!(error instanceof RemoteException)) return false;
  return error.exception === "AlreadyBeingCreatedException" || error.exception === "RecoveryInProgressException";
}

function isLonger(error: unknown): boolean {
  return error instanceof RemoteException && /Cannot truncate to a larger file size/.test(error.message);
}
