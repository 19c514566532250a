import { posix } from "node:path";
import { AppendQueue } from "./append-queue.ts";
import { fileError, systemError, tooShort } from "./file-error.ts";
import type { FileStatus, FileSystem, FileWriter, ResumableWriter, ResumePoint } from "./file-system.ts";
import { isTemporary, temporaryPath } from "./temporary-name.ts";

interface MemoryFile {
  bytes: Uint8Array;
  length: number;
  modifiedMs: number;
}

/** Files in this process's memory: gone with it. For tests and for the simulator; every call takes at least one turn, as on a disk. */
export class MemoryFileSystem implements FileSystem {
  readonly scheme = "memory";
  readonly #nodes = new Map<string, MemoryFile | "folder">([["/", "folder"]]);
  readonly #nowMs: () => number;
  #temporaries = 0;

  /** @param nowMs - tells the time of modification; without it, that is always 0. */
  constructor(nowMs: () => number = () => 0) {
    this.#nowMs = nowMs;
  }

  async read(path: string, range?: { readonly offset: number; readonly length: number }): Promise<Uint8Array> {
    const file = this.#file("read", path);
    const offset = range?.offset ?? 0;
    const end = Math.min(file.length, offset + (range?.length ?? file.length));
    return file.bytes.slice(Math.min(offset, end), end);
  }

  async create(path: string): Promise<FileWriter> {
    const temporary = this.#openNew(path);
    const queue = new AppendQueue();
    return {
      append: (bytes) => queue.run(async () => this.#append(temporary, bytes)),
      publish: () => queue.run(async () => this.#rename(temporary, path)),
      abort: async () => {
        await queue.idle();
        this.#nodes.delete(temporary);
      },
    };
  }

  async createExclusive(path: string, bytes: Uint8Array): Promise<boolean> {
    if (this.#nodes.has(path)) return false;
    const temporary = this.#openNew(path);
    this.#append(temporary, bytes);
    this.#rename(temporary, path);
    return true;
  }

  async openResumable(target: string): Promise<ResumableWriter> {
    return this.#resumable(target, this.#openNew(target), 0);
  }

  async resume(point: ResumePoint): Promise<ResumableWriter> {
    this.#cutTo(this.#file("go on writing", point.temporary), point);
    return this.#resumable(point.target, point.temporary, point.length);
  }

  async publishResumable(point: ResumePoint): Promise<void> {
    const file = this.#nodes.get(point.temporary);
    if (file === undefined) {
      this.#file("publish", point.target);
      return;
    }
    this.#cutTo(this.#file("publish", point.temporary), point);
    this.#rename(point.temporary, point.target);
  }

  async stat(path: string): Promise<FileStatus | undefined> {
    const node = this.#nodes.get(path);
    return node === undefined ? undefined : statusOf(path, node);
  }

  async list(folder: string): Promise<FileStatus[]> {
    return this.#entries(folder).filter(({ path }) => !isTemporary(path));
  }

  async listTemporary(folder: string): Promise<FileStatus[]> {
    return this.#entries(folder).filter(({ path }) => isTemporary(path));
  }

  async makeFolder(path: string): Promise<void> {
    if (path !== "/") await this.makeFolder(posix.dirname(path));
    if (this.#nodes.get(path) === "folder") return;
    if (this.#nodes.has(path)) throw fileError("make folder", path, systemError("ENOTDIR", "not a directory"));
    this.#nodes.set(path, "folder");
  }

  async remove(path: string): Promise<void> {
    const inside = path === "/" ? "/" : `${path}/`;
    for (const name of [...this.#nodes.keys()]) {
      if (name !== "/" && (name === path || name.startsWith(inside))) this.#nodes.delete(name);
    }
  }

  #resumable(target: string, temporary: string, from: number): ResumableWriter {
    const queue = new AppendQueue();
    let length = from;
    let closed = false;
    const persist = async (): Promise<ResumePoint> => {
      const point = { target, temporary, length };
      await queue.run(async () => void this.#file("make durable", temporary));
      return point;
    };
    return {
      get length() {
        return length;
      },
      append: (bytes) => {
        length += bytes.byteLength;
        return queue.run(async () => {
          if (closed) throw fileError("write", target, systemError("EBADF", "the file is closed"));
          this.#append(temporary, bytes);
        });
      },
      persist,
      closeForPublish: async () => {
        const point = await persist();
        closed = true;
        return point;
      },
      abort: async () => {
        await queue.idle();
        this.#nodes.delete(temporary);
      },
    };
  }

  #openNew(path: string): string {
    this.#makeFolders(posix.dirname(path), path);
    this.#temporaries += 1;
    const temporary = temporaryPath(path, String(this.#temporaries).padStart(8, "0"));
    this.#nodes.set(temporary, { bytes: new Uint8Array(0), length: 0, modifiedMs: this.#nowMs() });
    return temporary;
  }

  #makeFolders(folder: string, path: string): void {
    if (folder !== "/") this.#makeFolders(posix.dirname(folder), path);
    const node = this.#nodes.get(folder);
    if (node === undefined) this.#nodes.set(folder, "folder");
    else if (node !== "folder") throw fileError("create", path, systemError("ENOTDIR", "not a directory"));
  }

  #file(action: string, path: string): MemoryFile {
    const node = this.#nodes.get(path);
    if (node === undefined) throw fileError(action, path, systemError("ENOENT", "no such file"));
    if (node === "folder") throw fileError(action, path, systemError("EISDIR", "is a directory"));
    return node;
  }

  #append(temporary: string, bytes: Uint8Array): void {
    const file = this.#file("write", temporary);
    const length = file.length + bytes.byteLength;
    if (length > file.bytes.byteLength) {
      const grown = new Uint8Array(Math.max(length, file.bytes.byteLength * 2));
      grown.set(file.bytes.subarray(0, file.length));
      file.bytes = grown;
    }
    file.bytes.set(bytes, file.length);
    file.length = length;
    file.modifiedMs = this.#nowMs();
  }

  #rename(temporary: string, path: string): void {
    const file = this.#file("publish", temporary);
    if (this.#nodes.get(path) === "folder") throw fileError("publish", path, systemError("EISDIR", "is a directory"));
    this.#nodes.delete(temporary);
    this.#nodes.set(path, file);
  }

  #cutTo(file: MemoryFile, point: ResumePoint): void {
    if (file.length < point.length) throw tooShort(point, file.length);
    file.length = point.length;
  }

  #entries(folder: string): FileStatus[] {
    const node = this.#nodes.get(folder);
    if (node !== undefined && node !== "folder") {
      throw fileError("list", folder, systemError("ENOTDIR", "not a directory"));
    }
    return [...this.#nodes]
      .filter(([path]) => path !== "/" && posix.dirname(path) === folder)
      .map(([path, entry]) => statusOf(path, entry))
      .sort((a, b) => (a.path < b.path ? -1 : 1));
  }
}

function statusOf(path: string, node: MemoryFile | "folder"): FileStatus {
  return node === "folder"
    ? { path, kind: "folder", length: 0, modifiedMs: 0 }
    : { path, kind: "file", length: node.length, modifiedMs: node.modifiedMs };
}
