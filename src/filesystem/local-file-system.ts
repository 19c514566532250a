import { randomUUID } from "node:crypto";
import { rmSync } from "node:fs";
import * as machine from "node:fs/promises";
import { dirname, join, sep } from "node:path";
import { AppendQueue } from "./append-queue.ts";
import { fileError, systemCode, tooShort } from "./file-error.ts";
import type { FileStatus, FileSystem, FileWriter, ResumableWriter, ResumePoint } from "./file-system.ts";
import { isTemporary, temporaryPath } from "./temporary-name.ts";

/** The calls of `node:fs/promises` that a local file system makes. */
export type LocalDisk = Pick<
  typeof machine,
  "copyFile" | "link" | "mkdir" | "open" | "readdir" | "rename" | "rm" | "stat"
>;

type FileHandle = machine.FileHandle;

/** Folders known to be durable; whatever is forgotten is made durable once more. Jobs use far fewer. */
const DURABLE_FOLDERS_MAX = 1_000;

/**
 * Files on this machine's disks. A file is written under a temporary name in its own folder and gets its name by a rename:
 *
 *     append ... append   ──▶   fsync file   ──▶   rename   ──▶   fsync folder
 *
 * so that a power cut at any moment leaves the whole file or none.
 */
export class LocalFileSystem implements FileSystem {
  readonly scheme: string = "file";
  readonly #unique: () => string;
  readonly #disk: LocalDisk;
  readonly #durableFolders = new Set<string>();

  /** @param unique - gives a new name at each call, of 8 to 64 of the characters 0-9, a-z and "-". */
  constructor(unique: () => string = randomUUID, disk: LocalDisk = machine) {
    this.#unique = unique;
    this.#disk = disk;
  }

  async read(path: string, range?: { readonly offset: number; readonly length: number }): Promise<Uint8Array> {
    return attempt("read", path, async () => {
      const handle = await this.#disk.open(path, "r");
      try {
        const { size } = await handle.stat();
        const offset = range?.offset ?? 0;
        // What is asked for is not allocated before it is known to be there.
        const length = Math.max(0, Math.min(range?.length ?? size, size - offset));
        return await readFully(handle, offset, length);
      } finally {
        await handle.close();
      }
    });
  }

  async create(path: string): Promise<FileWriter> {
    const temporary = temporaryPath(path, this.#unique());
    return new LocalFileWriter(this.#disk, path, temporary, await this.#openNew(path, temporary));
  }

  async createExclusive(path: string, bytes: Uint8Array): Promise<boolean> {
    const temporary = temporaryPath(path, this.#unique());
    const writer = new LocalFileWriter(this.#disk, path, temporary, await this.#openNew(path, temporary));
    try {
      await writer.append(bytes);
      return await writer.publishExclusive();
    } finally {
      await writer.abort();
    }
  }

  async openResumable(target: string): Promise<ResumableWriter> {
    const temporary = temporaryPath(target, this.#unique());
    return new LocalResumableWriter(this.#disk, target, temporary, await this.#openNew(target, temporary), 0);
  }

  async resume(point: ResumePoint): Promise<ResumableWriter> {
    return attempt("go on writing", point.temporary, async () => {
      // A copy: whoever had the file open at the point may not know that it was overtaken, and write to it still.
      const temporary = temporaryPath(point.target, this.#unique());
      const handle = await openCopy(this.#disk, point, temporary);
      const replaces = [...(point.replaces ?? []), point.temporary];
      return new LocalResumableWriter(this.#disk, point.target, temporary, handle, point.length, replaces);
    });
  }

  async publishResumable(point: ResumePoint): Promise<void> {
    await attempt("publish", point.target, async () => {
      try {
        await this.#finish(point);
      } catch (error) {
        if (systemCode(error) !== "ENOENT") throw error;
        // Published before, or this moment by whoever runs the job now, unless both are gone. The folder may not have reached the disk.
        await this.#disk.stat(point.target);
      }
      for (const replaced of point.replaces ?? []) await this.#disk.rm(replaced, { force: true });
      await syncFolder(this.#disk, dirname(point.target));
    });
  }

  async stat(path: string): Promise<FileStatus | undefined> {
    return attempt("look at", path, () => statusOf(this.#disk, path));
  }

  async list(folder: string): Promise<FileStatus[]> {
    return this.#entries(folder, (name) => !isTemporary(name));
  }

  async listTemporary(folder: string): Promise<FileStatus[]> {
    return this.#entries(folder, isTemporary);
  }

  async makeFolder(path: string): Promise<void> {
    await attempt("make folder", path, async () => {
      const first = await this.#disk.mkdir(path, { recursive: true });
      if (first !== undefined) this.#forgetFolder(first);
      await this.#makeDurable(path, first);
    });
  }

  /**
   * Every folder is an entry of the one above it, and that entry has to be durable too. One that was there already may not be: who made it
   * may still be at it, or may have died.
   */
  async #makeDurable(folder: string, firstMade: string | undefined): Promise<void> {
    const above = dirname(folder);
    if (above === folder || this.#durableFolders.has(folder)) return;
    await this.#makeDurable(above, firstMade);
    const isNew = firstMade !== undefined && folder.length >= firstMade.length;
    try {
      await syncFolder(this.#disk, above);
    } catch (error) {
      // Made by someone else, in a folder that is none of ours.
      if (isNew || !["EACCES", "EPERM", "EINVAL"].includes(systemCode(error) ?? "")) throw error;
    }
    if (this.#durableFolders.size >= DURABLE_FOLDERS_MAX) this.#durableFolders.clear();
    this.#durableFolders.add(folder);
  }

  #forgetFolder(folder: string): void {
    for (const known of this.#durableFolders) {
      if (known === folder || known.startsWith(`${folder}${sep}`)) this.#durableFolders.delete(known);
    }
  }

  removeSync(path: string): void {
    rmSync(path, { recursive: true, force: true });
  }

  async remove(path: string): Promise<void> {
    await attempt("remove", path, async () => {
      this.#forgetFolder(path);
      await this.#disk.rm(path, { recursive: true, force: true });
    });
  }

  async #finish(point: ResumePoint): Promise<void> {
    const handle = await this.#disk.open(point.temporary, "r+");
    try {
      await cutTo(handle, point);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await this.#disk.rename(point.temporary, point.target);
  }

  async #openNew(path: string, temporary: string): Promise<FileHandle> {
    await this.makeFolder(dirname(path));
    return attempt("create", path, () => this.#disk.open(temporary, "wx"));
  }

  async #entries(folder: string, wanted: (name: string) => boolean): Promise<FileStatus[]> {
    return attempt("list", folder, async () => {
      let names: string[];
      try {
        names = await this.#disk.readdir(folder);
      } catch (error) {
        if (systemCode(error) === "ENOENT") return [];
        throw error;
      }
      const found: FileStatus[] = [];
      for (const name of names.filter(wanted).sort()) {
        const status = await statusOf(this.#disk, join(folder, name));
        if (status !== undefined) found.push(status);
      }
      return found;
    });
  }
}

class LocalFileWriter implements FileWriter {
  readonly #disk: LocalDisk;
  readonly #path: string;
  readonly #temporary: string;
  readonly #handle: FileHandle;
  readonly #queue = new AppendQueue();
  #open = true;

  constructor(disk: LocalDisk, path: string, temporary: string, handle: FileHandle) {
    this.#disk = disk;
    this.#path = path;
    this.#temporary = temporary;
    this.#handle = handle;
  }

  append(bytes: Uint8Array): Promise<void> {
    return this.#queue.run(() => attempt("write", this.#path, () => this.#handle.appendFile(bytes)));
  }

  publish(): Promise<void> {
    return this.#queue.run(() =>
      attempt("publish", this.#path, async () => {
        await this.#syncAndClose();
        await this.#disk.rename(this.#temporary, this.#path);
        await syncFolder(this.#disk, dirname(this.#path));
      }),
    );
  }

  /** Publishes by a second name for the file, which fails where the name is taken. @returns whether it was free. */
  publishExclusive(): Promise<boolean> {
    return attempt("create", this.#path, async () => {
      await this.#syncAndClose();
      try {
        await linkOrCopy(this.#disk, this.#temporary, this.#path);
      } catch (error) {
        if (systemCode(error) === "EEXIST") return false;
        throw error;
      }
      await syncFolder(this.#disk, dirname(this.#path));
      return true;
    });
  }

  async abort(): Promise<void> {
    await this.#queue.idle();
    await this.#close().catch(ignoreAfterGivingUp);
    await this.#disk.rm(this.#temporary, { force: true }).catch(ignoreAfterGivingUp);
  }

  async #syncAndClose(): Promise<void> {
    await this.#handle.sync();
    await this.#close();
  }

  async #close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    await this.#handle.close();
  }
}

class LocalResumableWriter implements ResumableWriter {
  readonly #disk: LocalDisk;
  readonly #target: string;
  readonly #temporary: string;
  readonly #handle: FileHandle;
  readonly #queue = new AppendQueue();
  /** Temporary names of the file before it was resumed. */
  readonly #replaces: readonly string[];
  #length: number;
  #written: number;
  #open = true;

  constructor(
    disk: LocalDisk,
    target: string,
    temporary: string,
    handle: FileHandle,
    length: number,
    replaces: readonly string[] = [],
  ) {
    this.#disk = disk;
    this.#replaces = replaces;
    this.#target = target;
    this.#temporary = temporary;
    this.#handle = handle;
    this.#length = length;
    this.#written = length;
  }

  get length(): number {
    return this.#length;
  }

  append(bytes: Uint8Array): Promise<void> {
    this.#length += bytes.byteLength;
    return this.#queue.run(() =>
      attempt("write", this.#target, async () => {
        await writeFully(this.#handle, bytes, this.#written);
        this.#written += bytes.byteLength;
      }),
    );
  }

  async persist(): Promise<ResumePoint> {
    // What is appended while this waits is not part of the point.
    const point = this.#point();
    await this.#queue.run(() =>
      attempt("make durable", this.#target, async () => {
        await this.#handle.sync();
        await syncFolder(this.#disk, dirname(this.#target));
      }),
    );
    return point;
  }

  async closeForPublish(): Promise<ResumePoint> {
    let point: ResumePoint;
    try {
      point = await this.persist();
    } catch (error) {
      await this.#close().catch(ignoreAfterGivingUp);
      throw error;
    }
    await attempt("close", this.#target, () => this.#close());
    return point;
  }

  async abort(): Promise<void> {
    await this.#queue.idle();
    await this.#close().catch(ignoreAfterGivingUp);
    await this.#disk.rm(this.#temporary, { force: true }).catch(ignoreAfterGivingUp);
  }

  abandon(): Promise<void> {
    // It was written to a copy; what it was copied from is as it was.
    return this.abort();
  }

  #point(): ResumePoint {
    const point = { target: this.#target, temporary: this.#temporary, length: this.#length };
    return this.#replaces.length === 0 ? point : { ...point, replaces: this.#replaces };
  }

  async #close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    await this.#handle.close();
  }
}

/** What was given up has no value any more; a file that cannot even be removed stays recognisable by its temporary name. */
function ignoreAfterGivingUp(): void {}

async function attempt<T>(action: string, path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw fileError(action, path, error);
  }
}

async function statusOf(disk: LocalDisk, path: string): Promise<FileStatus | undefined> {
  try {
    const found = await disk.stat(path);
    return {
      path,
      kind: found.isDirectory() ? "folder" : "file",
      length: found.isDirectory() ? 0 : found.size,
      modifiedMs: Math.floor(found.mtimeMs),
    };
  } catch (error) {
    const code = systemCode(error);
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw error;
  }
}

/** A file system without hard links has exclusive copies; a crash in the middle of one leaves a part, where a link leaves all. */
async function linkOrCopy(disk: LocalDisk, from: string, to: string): Promise<void> {
  try {
    await disk.link(from, to);
  } catch (error) {
    const code = systemCode(error);
    if (code !== "EPERM" && code !== "ENOTSUP" && code !== "EOPNOTSUPP" && code !== "ENOSYS") throw error;
    await disk.copyFile(from, to, machine.constants.COPYFILE_EXCL);
  }
}

async function readFully(handle: FileHandle, offset: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await handle.read(bytes, filled, length - filled, offset + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled === length ? bytes : bytes.subarray(0, filled);
}

async function writeFully(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  let written = 0;
  while (written < bytes.byteLength) {
    const { bytesWritten } = await handle.write(bytes, written, bytes.byteLength - written, position + written);
    written += bytesWritten;
  }
}

async function openCopy(disk: LocalDisk, point: ResumePoint, temporary: string): Promise<FileHandle> {
  await disk.copyFile(point.temporary, temporary, machine.constants.COPYFILE_EXCL | machine.constants.COPYFILE_FICLONE);
  let handle: FileHandle | undefined;
  try {
    handle = await disk.open(temporary, "r+");
    await cutTo(handle, point);
    return handle;
  } catch (error) {
    await handle?.close();
    await disk.rm(temporary, { force: true });
    throw error;
  }
}

async function cutTo(handle: FileHandle, point: ResumePoint): Promise<void> {
  const { size } = await handle.stat();
  if (size < point.length) throw tooShort(point, size);
  await handle.truncate(point.length);
}

async function syncFolder(disk: LocalDisk, folder: string): Promise<void> {
  const handle = await disk.open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
