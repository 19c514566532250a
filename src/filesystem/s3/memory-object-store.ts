import type {
  NumberedPart,
  ObjectAddress,
  ObjectListing,
  ObjectStatus,
  ObjectStore,
  PendingUpload,
} from "./object-store.ts";

interface StoredObject {
  readonly bytes: Uint8Array;
  readonly writer?: string;
}

interface StoredUpload {
  readonly key: string;
  readonly parts: Map<number, { readonly bytes: Uint8Array; readonly tag: string }>;
}

/** A bucket in memory that behaves as S3 does, for tests of what is built on it; every address has the same bucket. */
export class MemoryObjectStore implements ObjectStore {
  readonly objects: Map<string, StoredObject> = new Map();
  readonly uploads: Map<string, StoredUpload> = new Map();
  /** What was called so far, by the method's name. */
  readonly calls: string[] = [];
  /** Called before each call takes effect, and may throw in its place or make it wait. */
  before: (call: string) => Promise<void> | void = () => {};
  #uploadCount = 0;
  #tagCount = 0;

  async head({ key }: ObjectAddress): Promise<ObjectStatus | undefined> {
    await this.#called("head");
    const object = this.objects.get(key);
    return object === undefined ? undefined : { key, length: object.bytes.byteLength, modifiedMs: 0 };
  }

  async get(
    { key }: ObjectAddress,
    range?: { readonly offset: number; readonly length: number },
  ): Promise<Uint8Array | undefined> {
    await this.#called("get");
    const bytes = this.objects.get(key)?.bytes;
    return range === undefined ? bytes?.slice() : bytes?.slice(range.offset, range.offset + range.length);
  }

  async put({ key }: ObjectAddress, bytes: Uint8Array): Promise<void> {
    await this.#called("put");
    this.objects.set(key, { bytes: bytes.slice() });
  }

  async putIfAbsent({ key }: ObjectAddress, bytes: Uint8Array, writer: string): Promise<boolean> {
    await this.#called("putIfAbsent");
    if (!this.objects.has(key)) this.objects.set(key, { bytes: bytes.slice(), writer });
    return this.objects.get(key)!.writer === writer;
  }

  async list(_bucket: string, prefix: string, { folded }: { readonly folded: boolean }): Promise<ObjectListing> {
    await this.#called("list");
    const objects: ObjectStatus[] = [];
    const prefixes = new Set<string>();
    for (const [key, { bytes }] of this.objects) {
      if (!key.startsWith(prefix)) continue;
      const slash = key.indexOf("/", prefix.length);
      if (folded && slash !== -1) prefixes.add(key.slice(0, slash + 1));
      else objects.push({ key, length: bytes.byteLength, modifiedMs: 0 });
    }
    return { objects, prefixes: [...prefixes] };
  }

  async hasAny(_bucket: string, prefix: string): Promise<boolean> {
    await this.#called("hasAny");
    return [...this.objects.keys()].some((key) => key.startsWith(prefix));
  }

  async delete(_bucket: string, keys: readonly string[]): Promise<void> {
    await this.#called("delete");
    for (const key of keys) this.objects.delete(key);
  }

  async beginUpload({ key }: ObjectAddress): Promise<string> {
    await this.#called("beginUpload");
    const uploadId = `Upload_${++this.#uploadCount}`;
    this.uploads.set(uploadId, { key, parts: new Map() });
    return uploadId;
  }

  async hasUpload({ key }: ObjectAddress, uploadId: string): Promise<boolean> {
    await this.#called("hasUpload");
    return this.uploads.get(uploadId)?.key === key;
  }

  async uploadPart(
    _address: ObjectAddress,
    uploadId: string,
    part: number,
    bytes: Uint8Array,
  ): Promise<string | undefined> {
    await this.#called("uploadPart");
    const tag = `"${++this.#tagCount}"`;
    this.uploads.get(uploadId)?.parts.set(part, { bytes: bytes.slice(), tag });
    return this.uploads.has(uploadId) ? tag : undefined;
  }

  async completeUpload({ key }: ObjectAddress, uploadId: string, named: readonly NumberedPart[]): Promise<boolean> {
    await this.#called("completeUpload");
    const upload = this.uploads.get(uploadId);
    if (upload === undefined) return false;
    const parts = named.map(({ number, tag }) => {
      const part = upload.parts.get(number);
      if (part?.tag !== tag) throw Object.assign(new Error(`part ${number} is another one`), { name: "InvalidPart" });
      return part.bytes;
    });
    this.objects.set(key, { bytes: Buffer.concat(parts) });
    this.uploads.delete(uploadId);
    return true;
  }

  async abortUpload(_address: ObjectAddress, uploadId: string): Promise<void> {
    await this.#called("abortUpload");
    this.uploads.delete(uploadId);
  }

  async listUploads(_bucket: string, prefix: string): Promise<PendingUpload[]> {
    await this.#called("listUploads");
    return [...this.uploads]
      .filter(([, { key }]) => key.startsWith(prefix))
      .map(([uploadId, { key }]) => ({ key, uploadId, startedMs: 0 }));
  }

  async #called(call: string): Promise<void> {
    this.calls.push(call);
    await this.before(call);
  }
}
