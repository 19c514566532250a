import { posix } from "node:path";
import { AppendQueue } from "../../src/filesystem/append-queue.ts";
import { fileError, systemError } from "../../src/filesystem/file-error.ts";
import type {
  FileStatus,
  FileSystem,
  FileWriter,
  ResumableWriter,
  ResumePoint,
} from "../../src/filesystem/file-system.ts";
import { isTemporary, temporaryPath } from "../../src/filesystem/temporary-name.ts";
import type { SeededRandom } from "./random.ts";
import type { World } from "./world.ts";

interface Inode {
  bytes: Uint8Array;
  /** Bytes that are on the disk and not only in its cache. */
  durable: number;
}

type Node = Inode | "folder";

/** A change of a folder that is not durable yet: what each name was before. */
type FolderChange = readonly { readonly path: string; readonly before: Node | undefined }[];

/** What outlives processes: files and folders, and what of them a power cut would take. */
export class SimulatedDisk {
  readonly nodes: Map<string, Node> = new Map([["/", "folder"]]);
  readonly #undurable = new Map<string, FolderChange[]>();
  #names = 0;

  freshName(): string {
    this.#names += 1;
    return String(this.#names).padStart(8, "0");
  }

  /** Changes names of one folder as one step. */
  change(folder: string, changes: readonly (readonly [path: string, node: Node | undefined])[]): void {
    const before = changes.map(([path]) => ({ path, before: this.nodes.get(path) }));
    this.#undurable.set(folder, [...(this.#undurable.get(folder) ?? []), before]);
    for (const [path, node] of changes) {
      if (node === undefined) this.nodes.delete(path);
      else this.nodes.set(path, node);
    }
  }

  syncFolder(folder: string): void {
    this.#undurable.delete(folder);
  }

  /** The machine dies: of each folder the last changes may be lost, and of each file what was not synced. */
  losePower(random: SeededRandom): void {
    for (const changes of this.#undurable.values()) {
      const kept = random.between(0, changes.length);
      for (const change of changes.slice(kept).reverse()) {
        for (const { path, before } of change) {
          if (before === undefined) this.nodes.delete(path);
          else this.nodes.set(path, before);
        }
      }
    }
    this.#undurable.clear();
    for (const path of [...this.nodes.keys()].sort()) {
      if (path !== "/" && this.nodes.get(posix.dirname(path)) !== "folder") this.nodes.delete(path);
    }
    for (const node of this.nodes.values()) {
      if (node === "folder" || node.durable >= node.bytes.length) continue;
      node.bytes = node.bytes.slice(0, random.between(node.durable, node.bytes.length));
      node.durable = node.bytes.length;
    }
  }

  /** Names and contents of all files below `folder`, unfinished ones too. */
  filesBelow(folder: string): { readonly path: string; readonly text: string }[] {
    return [...this.nodes]
      .filter(([path, node]) => node !== "folder" && path.startsWith(`${folder}/`))
      .map(([path, node]) => ({ path, text: new TextDecoder().decode((node as Inode).bytes) }))
      .sort((a, b) => (a.path < b.path ? -1 : 1));
  }
}

/**
 * The disk as one process sees it, call by call as `LocalFileSystem` makes them: every call, sync and rename is a step that the world does
 * when the seed says so, and that may fail before, half-way or after.
 */
export class SimulatedFileSystem implements FileSystem {
  readonly scheme = "sim";
  readonly #disk: SimulatedDisk;
  readonly #world: World;

  constructor(disk: SimulatedDisk, world: World) {
    this.#disk = disk;
    this.#world = world;
  }

  read(path: string, range?: { readonly offset: number; readonly length: number }): Promise<Uint8Array> {
    return this.#call("read", path, () => {
      const { bytes } = this.#file("read", path);
      const offset = range?.offset ?? 0;
      return bytes.slice(offset, offset + (range?.length ?? bytes.length));
    });
  }

  async create(path: string): Promise<FileWriter> {
    const temporary = await this.#openNew(path);
    const queue = new AppendQueue();
    return {
      append: (bytes) => queue.run(() => this.#append(temporary, bytes)),
      publish: () =>
        queue.run(async () => {
          await this.#sync(temporary);
          await this.#rename(temporary, path);
          await this.#syncFolder(posix.dirname(path));
        }),
      abort: async () => {
        await queue.idle();
        await this.#unlink(temporary).catch(() => {});
      },
    };
  }

  async createExclusive(path: string, bytes: Uint8Array): Promise<boolean> {
    const temporary = await this.#openNew(path);
    try {
      await this.#append(temporary, bytes);
      await this.#sync(temporary);
      const created = await this.#call("link", path, () => {
        if (this.#disk.nodes.has(path)) return false;
        this.#disk.change(posix.dirname(path), [[path, this.#file("link", temporary)]]);
        return true;
      });
      if (created) await this.#syncFolder(posix.dirname(path));
      return created;
    } finally {
      await this.#unlink(temporary).catch(() => {});
    }
  }

  async openResumable(target: string): Promise<ResumableWriter> {
    return this.#resumable(target, await this.#openNew(target), 0, []);
  }

  async resume(point: ResumePoint): Promise<ResumableWriter> {
    const temporary = temporaryPath(point.target, this.#disk.freshName());
    await this.#call("copy", point.temporary, () => {
      const { bytes } = this.#file("go on writing", point.temporary);
      if (bytes.length < point.length) throw this.#tooShort(point, bytes.length);
      this.#disk.change(posix.dirname(temporary), [[temporary, { bytes: bytes.slice(0, point.length), durable: 0 }]]);
    });
    return this.#resumable(point.target, temporary, point.length, [...(point.replaces ?? []), point.temporary]);
  }

  async publishResumable(point: ResumePoint): Promise<void> {
    const found = await this.#call("open", point.temporary, () => {
      const node = this.#disk.nodes.get(point.temporary);
      if (node === undefined) this.#file("publish", point.target);
      return node !== undefined;
    });
    if (found) {
      await this.#call("cut", point.temporary, () => {
        const file = this.#file("publish", point.temporary);
        if (file.bytes.length < point.length) throw this.#tooShort(point, file.bytes.length);
        file.bytes = file.bytes.slice(0, point.length);
        file.durable = Math.min(file.durable, point.length);
      });
      await this.#sync(point.temporary);
      await this.#rename(point.temporary, point.target);
    }
    for (const replaced of point.replaces ?? []) await this.#unlink(replaced);
    await this.#syncFolder(posix.dirname(point.target));
  }

  stat(path: string): Promise<FileStatus | undefined> {
    return this.#call("stat", path, () => {
      const node = this.#disk.nodes.get(path);
      return node === undefined ? undefined : statusOf(path, node);
    });
  }

  list(folder: string): Promise<FileStatus[]> {
    return this.#call("list", folder, () => this.#entries(folder).filter(({ path }) => !isTemporary(path)));
  }

  listTemporary(folder: string): Promise<FileStatus[]> {
    return this.#call("list", folder, () => this.#entries(folder).filter(({ path }) => isTemporary(path)));
  }

  async makeFolder(path: string): Promise<void> {
    const made = await this.#call("mkdir", path, () => this.#makeFolders(path));
    for (const folder of made) await this.#syncFolder(posix.dirname(folder));
  }

  async remove(path: string): Promise<void> {
    await this.#call("remove", path, (half) => {
      const inside = [...this.#disk.nodes.keys()].filter((name) => name === path || name.startsWith(`${path}/`));
      const deepestFirst = inside.sort((a, b) => b.length - a.length || (a < b ? -1 : 1));
      const removed = half ? deepestFirst.slice(0, deepestFirst.length >> 1) : deepestFirst;
      for (const name of removed) this.#disk.change(posix.dirname(name), [[name, undefined]]);
    });
  }

  #resumable(target: string, temporary: string, from: number, replaces: readonly string[]): ResumableWriter {
    const queue = new AppendQueue();
    let length = from;
    let closed = false;
    const persist = async (): Promise<ResumePoint> => {
      const point = { target, temporary, length, ...(replaces.length === 0 ? {} : { replaces }) };
      await queue.run(async () => {
        await this.#sync(temporary);
        await this.#syncFolder(posix.dirname(target));
      });
      return point;
    };
    const abort = async (): Promise<void> => {
      await queue.idle();
      await this.#unlink(temporary).catch(() => {});
    };
    return {
      get length() {
        return length;
      },
      append: (bytes) => {
        length += bytes.length;
        return queue.run(async () => {
          if (closed) throw fileError("write", target, systemError("EBADF", "the file is closed"));
          await this.#append(temporary, bytes);
        });
      },
      persist,
      closeForPublish: async () => {
        const point = await persist();
        closed = true;
        return point;
      },
      abort,
      abandon: abort,
    };
  }

  async #openNew(path: string): Promise<string> {
    await this.makeFolder(posix.dirname(path));
    const temporary = temporaryPath(path, this.#disk.freshName());
    await this.#call("create", temporary, () =>
      this.#disk.change(posix.dirname(path), [[temporary, { bytes: new Uint8Array(0), durable: 0 }]]),
    );
    return temporary;
  }

  #append(path: string, bytes: Uint8Array): Promise<void> {
    // As the file system's users promise not to change them, they are not copied before they are written.
    return this.#call("write", path, (half) => {
      const file = this.#file("write", path);
      const part = half ? bytes.subarray(0, bytes.length >> 1) : bytes;
      file.bytes = Buffer.concat([file.bytes, part]);
    });
  }

  #sync(path: string): Promise<void> {
    return this.#call("fsync", path, () => {
      const file = this.#file("make durable", path);
      file.durable = file.bytes.length;
    });
  }

  #syncFolder(folder: string): Promise<void> {
    return this.#call("fsync folder", folder, () => this.#disk.syncFolder(folder));
  }

  #rename(from: string, to: string): Promise<void> {
    return this.#call("rename", to, () => {
      const file = this.#file("publish", from);
      this.#disk.change(posix.dirname(to), [
        [from, undefined],
        [to, file],
      ]);
    });
  }

  #unlink(path: string): Promise<void> {
    return this.#call("unlink", path, () => {
      if (this.#disk.nodes.has(path)) this.#disk.change(posix.dirname(path), [[path, undefined]]);
    });
  }

  #makeFolders(path: string): string[] {
    const node = this.#disk.nodes.get(path);
    if (node === "folder") return [];
    if (node !== undefined) throw fileError("make folder", path, systemError("ENOTDIR", "not a directory"));
    const made = this.#makeFolders(posix.dirname(path));
    this.#disk.change(posix.dirname(path), [[path, "folder"]]);
    return [...made, path];
  }

  #file(action: string, path: string): Inode {
    const node = this.#disk.nodes.get(path);
    if (node === undefined) throw fileError(action, path, systemError("ENOENT", "no such file"));
    if (node === "folder") throw fileError(action, path, systemError("EISDIR", "is a directory"));
    return node;
  }

  #entries(folder: string): FileStatus[] {
    return [...this.#disk.nodes]
      .filter(([path]) => path !== "/" && posix.dirname(path) === folder)
      .map(([path, node]) => statusOf(path, node))
      .sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  #tooShort(point: ResumePoint, length: number): Error {
    return new Error(`${point.temporary} has ${length} of ${point.length} bytes that were made durable`);
  }

  #call<R>(action: string, path: string, work: (half: boolean) => R): Promise<R> {
    const failure = (): Error => fileError(action, path, systemError("EIO", "simulated"));
    return this.#world.onDisk(`${action} ${path.replace(/savepoint-[0-9a-f-]+/, "savepoint")}`, work, failure);
  }
}

function statusOf(path: string, node: Node): FileStatus {
  return node === "folder"
    ? { path, kind: "folder", length: 0, modifiedMs: 0 }
    : { path, kind: "file", length: node.bytes.length, modifiedMs: 0 };
}
