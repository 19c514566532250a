import type { FileSystem } from "../../src/filesystem/file-system.ts";
import type { SeededRandom } from "./random.ts";
import type { ThreadId, World } from "./world.ts";

/** The steps of storage: the world's, which does them when the seed says so. */
export type StorageSteps = Pick<World, "onDisk">;

/** What outlives processes: a disk, or an object store. */
export interface SimulatedStorage {
  /** @param steps - Without: as somebody who looks from outside sees it, at once. */
  fileSystem(steps?: StorageSteps): FileSystem;
  /** Somebody makes a folder, and nothing for that to last. */
  makeFolder(path: string): void;
  /** Names and contents of all files below `folder`, unfinished ones too. */
  filesBelow(folder: string): { readonly path: string; readonly text: string }[];
  /** The machines of the processes die. */
  losePower(random: SeededRandom): void;
}

/** Without a world. */
export const AT_ONCE: StorageSteps = {
  onDisk: async (_label, work) => work(false),
};

/** What a file system remembers belongs to one thread, and dies with it; here all of them find it under the same name. */
export function fileSystemPerThread(storage: SimulatedStorage, world: World): FileSystem {
  const opened = new Map<ThreadId, FileSystem>();
  return new Proxy({} as FileSystem, {
    get(_target, name: keyof FileSystem) {
      const fileSystem = opened.get(world.currentThread) ?? storage.fileSystem(world);
      opened.set(world.currentThread, fileSystem);
      const found: unknown = fileSystem[name];
      return typeof found === "function" ? found.bind(fileSystem) : found;
    },
  });
}
