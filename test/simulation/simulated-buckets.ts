import type { FileSystem } from "../../src/filesystem/file-system.ts";
import { MemoryObjectStore } from "../../src/filesystem/s3/memory-object-store.ts";
import type { NumberedPart, ObjectAddress, ObjectStore } from "../../src/filesystem/s3/object-store.ts";
import { S3FileSystem } from "../../src/filesystem/s3/s3-file-system.ts";
import { uploadPath } from "../../src/filesystem/s3/upload-name.ts";
import { AT_ONCE, type SimulatedStorage, type StorageSteps } from "./simulated-storage.ts";

/** So few that most files of a simulation are uploaded in several parts. */
const PART_BYTES = 64;

/** An object store: it loses nothing, but its answers get lost, and its calls fail and arrive twice. */
export class SimulatedBuckets implements SimulatedStorage {
  readonly #buckets = new Map<string, MemoryObjectStore>();
  #names = 0;

  fileSystem(steps: StorageSteps = AT_ONCE): FileSystem {
    const unique = (): string => String(++this.#names).padStart(8, "0");
    const store = new SimulatedCalls((bucket) => this.#bucket(bucket), steps);
    return new S3FileSystem({ partBytes: PART_BYTES }, { scheme: "sim", store, unique });
  }

  makeFolder(path: string): void {
    const [, bucket, ...names] = path.split("/");
    this.#bucket(bucket!).objects.set(`${names.join("/")}/`, { bytes: new Uint8Array(0) });
  }

  filesBelow(folder: string): { readonly path: string; readonly text: string }[] {
    const decoder = new TextDecoder();
    const found = [...this.#buckets].flatMap(([bucket, { objects, uploads }]) => [
      ...[...objects]
        .filter(([key]) => !key.endsWith("/"))
        .map(([key, { bytes }]) => ({ path: `/${bucket}/${key}`, text: decoder.decode(bytes) })),
      ...[...uploads].map(([id, { key }]) => ({ path: uploadPath(`/${bucket}/${key}`, id), text: "" })),
    ]);
    return found.filter(({ path }) => path.startsWith(`${folder}/`)).sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  losePower(): void {}

  #bucket(name: string): MemoryObjectStore {
    const known = this.#buckets.get(name) ?? new MemoryObjectStore();
    this.#buckets.set(name, known);
    return known;
  }
}

/** Each call is a step of the world. Only the removal of several objects can be done in part. */
class SimulatedCalls implements ObjectStore {
  readonly #bucket: (name: string) => ObjectStore;
  readonly #steps: StorageSteps;

  constructor(bucket: (name: string) => ObjectStore, steps: StorageSteps) {
    this.#bucket = bucket;
    this.#steps = steps;
  }

  head(address: ObjectAddress): ReturnType<ObjectStore["head"]> {
    return this.#call("head", address, (store) => store.head(address));
  }

  get(address: ObjectAddress, range?: { offset: number; length: number }): ReturnType<ObjectStore["get"]> {
    return this.#call("get", address, (store) => store.get(address, range));
  }

  put(address: ObjectAddress, bytes: Uint8Array): Promise<void> {
    return this.#call("put", address, (store) => store.put(address, bytes));
  }

  putIfAbsent(address: ObjectAddress, bytes: Uint8Array, writer: string): Promise<boolean> {
    return this.#call("put if absent", address, (store) => store.putIfAbsent(address, bytes, writer));
  }

  list(bucket: string, prefix: string, options: { readonly folded: boolean }): ReturnType<ObjectStore["list"]> {
    return this.#call("list", { bucket, key: prefix }, (store) => store.list(bucket, prefix, options));
  }

  hasAny(bucket: string, prefix: string): Promise<boolean> {
    return this.#call("has any", { bucket, key: prefix }, (store) => store.hasAny(bucket, prefix));
  }

  delete(bucket: string, keys: readonly string[]): Promise<void> {
    const removeHalf = (store: ObjectStore): Promise<void> => store.delete(bucket, keys.slice(0, keys.length >> 1));
    return this.#call("delete", { bucket, key: keys[0] ?? "" }, (store) => store.delete(bucket, keys), removeHalf);
  }

  beginUpload(address: ObjectAddress): Promise<string> {
    return this.#call("begin upload", address, (store) => store.beginUpload(address));
  }

  hasUpload(address: ObjectAddress, uploadId: string): Promise<boolean> {
    return this.#call("has upload", address, (store) => store.hasUpload(address, uploadId));
  }

  uploadPart(address: ObjectAddress, uploadId: string, part: number, bytes: Uint8Array): Promise<string | undefined> {
    return this.#call("upload part", address, (store) => store.uploadPart(address, uploadId, part, bytes));
  }

  completeUpload(address: ObjectAddress, uploadId: string, parts: readonly NumberedPart[]): Promise<boolean> {
    return this.#call("complete upload", address, (store) => store.completeUpload(address, uploadId, parts));
  }

  abortUpload(address: ObjectAddress, uploadId: string): Promise<void> {
    return this.#call("abort upload", address, (store) => store.abortUpload(address, uploadId));
  }

  listUploads(bucket: string, prefix: string): ReturnType<ObjectStore["listUploads"]> {
    return this.#call("list uploads", { bucket, key: prefix }, (store) => store.listUploads(bucket, prefix));
  }

  /** @param doHalf - What is done of it when only a part is; by default nothing. */
  async #call<R>(
    action: string,
    { bucket, key }: ObjectAddress,
    work: (store: ObjectStore) => Promise<R>,
    doHalf?: (store: ObjectStore) => Promise<R>,
  ): Promise<R> {
    const label = `${action} /${bucket}/${key}`.replace(/savepoint-[0-9a-f-]+/, "savepoint");
    const failure = (): Error =>
      Object.assign(new Error(`simulated, ${label}`), { name: "InternalError", $metadata: { httpStatusCode: 500 } });
    const result = await this.#steps.onDisk(
      label,
      (half) => {
        const done = half ? doHalf?.(this.#bucket(bucket)) : work(this.#bucket(bucket));
        // The answer may get lost, and with it the error.
        done?.catch(() => {});
        return done;
      },
      failure,
    );
    // Undefined only where the call is answered by `failure`.
    return result as R;
  }
}
