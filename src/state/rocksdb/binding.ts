/** The native RocksDB library, as far as it is used. Only `rocks-database.ts` knows it. */
import { createRequire } from "node:module";
import { MillraceError } from "../../core/errors.ts";

/**
 * A database of the library. It keeps bare pointers to the default buffers and to the state of iterators: those must live for as long as
 * the process may use the database.
 */
export interface NativeDatabase {
  readonly opened: boolean;
  open(path: string, options: Readonly<Record<string, unknown>>): void;
  close(): void;
  /** Closes the database and deletes its files. */
  destroy(): void;
  setDefaultKeyBuffer(buffer: Uint8Array): void;
  setDefaultValueBuffer(buffer: Uint8Array): void;
  setIteratorState(lengths: Uint8Array): void;
  /** By the key, or by the length of the one in the key buffer. A number: the length of what is now in the value buffer. */
  getSync(key: number | Uint8Array, flags: number): number | Uint8Array | undefined;
  putSync(key: Uint8Array, value: Uint8Array): void;
  removeSync(key: Uint8Array): void;
  flushSync(): void;
  createCheckpoint(resolve: () => void, reject: (error: unknown) => void, folder: string): void;
}

export interface NativeIterator {
  /** 0: at the end. 1: key and value are in the default buffers. Otherwise they did not fit. */
  next(): 0 | 1 | { readonly key: Uint8Array; readonly value: Uint8Array };
  return(): void;
}

export interface RocksBinding {
  readonly version: string;
  readonly Database: new () => NativeDatabase;
  /** From the bytes of the key buffer before `startEnd` to those from `endStart` to `endEnd`; a range of no length is no bound. */
  readonly Iterator: new (
    database: NativeDatabase,
    flags: number,
    startEnd: number,
    endStart: number,
    endEnd: number,
  ) => NativeIterator;
  readonly config: (options: { readonly blockCacheSize?: number; readonly writeBufferManagerSize?: number }) => void;
  readonly constants: { readonly ITERATOR_INCLUDE_VALUES_FLAG: number };
}

/** The version that is tested. */
const VERSION = "2.10.0";

/** The package with RocksDB for this platform. */
export function bindingPackage(): string {
  const { platform, arch } = process;
  if (platform !== "linux") return `@harperfast/rocksdb-js-${platform}-${arch}`;
  const { header } = process.report.getReport() as unknown as { header: { glibcVersionRuntime?: string } };
  return `@harperfast/rocksdb-js-linux-${arch}-${header.glibcVersionRuntime === undefined ? "musl" : "glibc"}`;
}

/**
 * Loads RocksDB.
 *
 * @param load - Loads a package by its name.
 * @throws {MillraceError} `DEPENDENCY_MISSING`, with the command that installs it.
 */
export function loadBinding(load: (name: string) => unknown = createRequire(import.meta.url)): RocksBinding {
  const name = bindingPackage();
  try {
    return load(name) as RocksBinding;
  } catch (cause) {
    throw new MillraceError("DEPENDENCY_MISSING", {
      message: `state in RocksDB needs the package ${name}, which cannot be loaded.`,
      advice: `Run \`npm install ${name}@${VERSION}\`. npm warns that it wants a newer Node; it works with this one. Or keep state on the heap: state.backend.type: hashmap.`,
      cause,
    });
  }
}

/** Whether RocksDB can be used here. */
export function hasBinding(): boolean {
  try {
    loadBinding();
    return true;
  } catch {
    return false;
  }
}
