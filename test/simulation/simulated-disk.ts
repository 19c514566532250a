import { posix } from "node:path";
import { systemError } from "../../src/filesystem/file-error.ts";
import { type LocalDisk, LocalFileSystem } from "../../src/filesystem/local-file-system.ts";
import type { SeededRandom } from "./random.ts";
import { AT_ONCE, type SimulatedStorage, type StorageSteps } from "./simulated-storage.ts";

interface Inode {
  bytes: Uint8Array;
  /** Bytes that are on the disk and not only in its cache. */
  durable: number;
  /** As on Linux: what a failed sync has not written counts as written, and no later sync tries again. */
  isUnsyncable?: true;
}

type Node = Inode | "folder";

/** A change of a folder that is not durable yet: what each name was before. */
type FolderChange = readonly { readonly path: string; readonly before: Node | undefined }[];

/** What outlives processes: files and folders, and what of them a power cut would take. */
export class SimulatedDisk implements SimulatedStorage {
  readonly nodes: Map<string, Node> = new Map([["/", "folder"]]);
  readonly #undurable = new Map<string, FolderChange[]>();
  #names = 0;

  fileSystem(steps: StorageSteps = AT_ONCE): SimulatedFileSystem {
    return new SimulatedFileSystem(this, steps);
  }

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

  makeFolder(path: string): void {
    this.makeFolders(path);
  }

  /** `path` and what is missing above it. @returns what was missing, the uppermost first. */
  makeFolders(path: string): string[] {
    const node = this.nodes.get(path);
    if (node === "folder") return [];
    if (node !== undefined) throw systemError("ENOTDIR", `not a directory, mkdir '${path}'`);
    const made = this.makeFolders(posix.dirname(path));
    this.change(posix.dirname(path), [[path, "folder"]]);
    return [...made, path];
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

  /** `path` and everything in it, the deepest first. */
  below(path: string): string[] {
    const found = [...this.nodes.keys()].filter((name) => name === path || name.startsWith(`${path}/`));
    return found.sort((a, b) => b.length - a.length || (a < b ? -1 : 1));
  }

  filesBelow(folder: string): { readonly path: string; readonly text: string }[] {
    return [...this.nodes]
      .filter(([path, node]) => node !== "folder" && path.startsWith(`${folder}/`))
      .map(([path, node]) => ({ path, text: new TextDecoder().decode((node as Inode).bytes) }))
      .sort((a, b) => (a.path < b.path ? -1 : 1));
  }
}

/**
 * The file system of the product, on the simulated disk: every call, sync and rename is a step that the world does when the seed says so,
 * and that may fail before, half-way or after.
 */
export class SimulatedFileSystem extends LocalFileSystem {
  override readonly scheme = "sim";
  readonly #disk: SimulatedDisk;

  constructor(disk: SimulatedDisk, steps: StorageSteps) {
    super(() => disk.freshName(), new SimulatedCalls(disk, steps) as unknown as LocalDisk);
    this.#disk = disk;
  }

  override removeSync(path: string): void {
    for (const name of this.#disk.below(path)) this.#disk.change(posix.dirname(name), [[name, undefined]]);
  }
}

/** What `LocalFileSystem` calls of `node:fs/promises`. Opening to read, and closing, are no steps: nothing can come of them. */
class SimulatedCalls {
  readonly #disk: SimulatedDisk;
  readonly #steps: StorageSteps;

  constructor(disk: SimulatedDisk, steps: StorageSteps) {
    this.#disk = disk;
    this.#steps = steps;
  }

  mkdir(path: string): Promise<string | undefined> {
    return this.#call("mkdir", path, (half) => this.#disk.makeFolders(half ? posix.dirname(path) : path)[0]);
  }

  async open(path: string, flags: "r" | "r+" | "wx"): Promise<SimulatedHandle> {
    const handle = (node: Node): SimulatedHandle => new SimulatedHandle(path, node, this.#call, this.#disk);
    if (flags === "r") return handle(this.#node(path));
    if (flags === "r+") return this.#call("open", path, () => handle(this.#file(path)));
    return this.#call("create", path, () => {
      if (this.#disk.nodes.has(path)) throw systemError("EEXIST", `file already exists, open '${path}'`);
      this.#folder(posix.dirname(path));
      const file: Inode = { bytes: new Uint8Array(0), durable: 0 };
      this.#disk.change(posix.dirname(path), [[path, file]]);
      return handle(file);
    });
  }

  copyFile(from: string, to: string): Promise<void> {
    return this.#call("copy", from, (half) => {
      const { bytes } = this.#file(from);
      if (this.#disk.nodes.has(to)) throw systemError("EEXIST", `file already exists, copyfile '${to}'`);
      const copied = half ? bytes.slice(0, bytes.length >> 1) : bytes.slice();
      this.#disk.change(posix.dirname(to), [[to, { bytes: copied, durable: 0 }]]);
    });
  }

  link(from: string, to: string): Promise<void> {
    return this.#call("link", to, () => {
      if (this.#disk.nodes.has(to)) throw systemError("EEXIST", `file already exists, link '${to}'`);
      this.#disk.change(posix.dirname(to), [[to, this.#file(from)]]);
    });
  }

  rename(from: string, to: string): Promise<void> {
    return this.#call("rename", to, () => {
      const file = this.#file(from);
      this.#disk.change(posix.dirname(to), [
        [from, undefined],
        [to, file],
      ]);
    });
  }

  rm(path: string): Promise<void> {
    return this.#call("rm", path, (half) => {
      const found = this.#disk.below(path);
      for (const name of half ? found.slice(0, found.length >> 1) : found)
        this.#disk.change(posix.dirname(name), [[name, undefined]]);
    });
  }

  readdir(folder: string): Promise<string[]> {
    return this.#call("readdir", folder, () => {
      this.#folder(folder);
      const inside = [...this.#disk.nodes.keys()].filter((path) => path !== "/" && posix.dirname(path) === folder);
      return inside.map((path) => posix.basename(path));
    });
  }

  stat(path: string): Promise<{ isDirectory: () => boolean; size: number; mtimeMs: number }> {
    return this.#call("stat", path, () => {
      const node = this.#node(path);
      const size = node === "folder" ? 0 : node.bytes.length;
      return { isDirectory: () => node === "folder", size, mtimeMs: 0 };
    });
  }

  readonly #call: Call = (action, path, work) => {
    const failure = (): Error => systemError("EIO", `simulated, ${action} '${path}'`);
    return this.#steps.onDisk(`${action} ${path.replace(/savepoint-[0-9a-f-]+/, "savepoint")}`, work, failure);
  };

  #node(path: string): Node {
    const node = this.#disk.nodes.get(path);
    if (node === undefined) throw systemError("ENOENT", `no such file or directory, '${path}'`);
    return node;
  }

  #file(path: string): Inode {
    const node = this.#node(path);
    if (node === "folder") throw systemError("EISDIR", `illegal operation on a directory, '${path}'`);
    return node;
  }

  #folder(path: string): void {
    if (this.#node(path) !== "folder") throw systemError("ENOTDIR", `not a directory, '${path}'`);
  }
}

type Call = <R>(action: string, path: string, work: (half: boolean) => R) => Promise<R>;

/** An open file, or a folder that is to be made durable. It stays the same file when its name goes or changes. */
class SimulatedHandle {
  readonly #path: string;
  readonly #node: Node;
  readonly #call: Call;
  readonly #disk: SimulatedDisk;
  #end = 0;

  constructor(path: string, node: Node, call: Call, disk: SimulatedDisk) {
    this.#path = path;
    this.#node = node;
    this.#call = call;
    this.#disk = disk;
  }

  async stat(): Promise<{ size: number }> {
    return { size: this.#file.bytes.length };
  }

  async read(target: Uint8Array, offset: number, length: number, position: number): Promise<{ bytesRead: number }> {
    const found = await this.#call("read", this.#path, () => this.#file.bytes.slice(position, position + length));
    target.set(found, offset);
    return { bytesRead: found.length };
  }

  /** As the file system's users promise not to change them, `bytes` are not copied before they are written. */
  async appendFile(bytes: Uint8Array): Promise<void> {
    await this.write(bytes, 0, bytes.length, this.#end);
    this.#end += bytes.length;
  }

  write(bytes: Uint8Array, offset: number, length: number, position: number): Promise<{ bytesWritten: number }> {
    return this.#call("write", this.#path, (half) => {
      const part = bytes.subarray(offset, offset + (half ? length >> 1 : length));
      const file = this.#file;
      const grown = new Uint8Array(Math.max(file.bytes.length, position + part.length));
      grown.set(file.bytes);
      grown.set(part, position);
      file.bytes = grown;
      file.durable = Math.min(file.durable, position);
      return { bytesWritten: part.length };
    });
  }

  truncate(length: number): Promise<void> {
    return this.#call("truncate", this.#path, () => {
      const file = this.#file;
      file.bytes = file.bytes.slice(0, length);
      file.durable = Math.min(file.durable, length);
    });
  }

  async sync(): Promise<void> {
    if (this.#node === "folder") {
      await this.#call("fsync folder", this.#path, () => this.#disk.syncFolder(this.#path));
      return;
    }
    const file = this.#node;
    let isDone = false;
    try {
      await this.#call("fsync", this.#path, (half) => {
        if (half) return;
        if (file.isUnsyncable === undefined) file.durable = file.bytes.length;
        isDone = true;
      });
    } catch (error) {
      if (!isDone) file.isUnsyncable = true;
      throw error;
    }
  }

  async close(): Promise<void> {}

  get #file(): Inode {
    if (this.#node === "folder") throw systemError("EISDIR", `illegal operation on a directory, '${this.#path}'`);
    return this.#node;
  }
}
