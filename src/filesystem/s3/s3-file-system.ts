import { randomUUID } from "node:crypto";
import { posix } from "node:path";
import { systemCode, systemError, tooShort } from "../file-error.ts";
import type { FileStatus, FileSystem, FileWriter, ResumableWriter, ResumePoint } from "../file-system.ts";
import { isTemporary, temporaryPath } from "../temporary-name.ts";
import { AwsObjectStore } from "./aws-object-store.ts";
import type { ObjectAddress, ObjectStatus, ObjectStore } from "./object-store.ts";
import { lastNumber } from "./part-numbers.ts";
import { PartUpload } from "./part-upload.ts";
import { s3Error } from "./s3-error.ts";
import { S3FileWriter, type S3Writing } from "./s3-file-writer.ts";
import { foldersAbove, objectAt, pathOf, placeAt, prefixOf } from "./s3-path.ts";
import { S3ResumableWriter } from "./s3-resumable-writer.ts";
import { PART_BYTES_DEFAULT, type S3Settings, UPLOADS_MAX_DEFAULT } from "./s3-settings.ts";
import { parseUploadPath, uploadNamePrefix, uploadPath } from "./upload-name.ts";
import { UploadSlots } from "./upload-slots.ts";

/** Folders known not to be files; beyond so many all are looked at anew. */
const KNOWN_FOLDERS_MAX = 10_000;

/**
 * Files in buckets, by paths `/bucket/key`. A file is an object, which S3 shows whole or not at all; nothing is ever renamed:
 *
 *     small:  append ... append            ──▶  publish: PutObject
 *     large:  append: UploadPart, ...      ──▶  publish: CompleteMultipartUpload
 *
 * A folder is what keys have in common up to a slash; one that is made empty is an object whose key ends in a slash. Unfinished files are
 * uploads in S3's own list of them, shown by a temporary path made of the upload's id.
 */
export class S3FileSystem implements FileSystem {
  readonly scheme: string;
  readonly #store: ObjectStore;
  readonly #writing: S3Writing;
  readonly #unique: () => string;
  /** Files of this thread that are being written; small ones are in memory only. */
  readonly #writers = new Set<S3FileWriter>();
  readonly #knownFolders = new Set<string>();

  constructor(
    settings: S3Settings = {},
    edge: { readonly scheme?: string; readonly store?: ObjectStore; readonly unique?: () => string } = {},
  ) {
    this.scheme = edge.scheme ?? "s3";
    this.#store = edge.store ?? new AwsObjectStore(settings);
    this.#unique = edge.unique ?? randomUUID;
    this.#writing = {
      store: this.#store,
      slots: new UploadSlots(settings.uploadsMax ?? UPLOADS_MAX_DEFAULT),
      partBytes: settings.partBytes ?? PART_BYTES_DEFAULT,
    };
  }

  read(path: string, range?: { readonly offset: number; readonly length: number }): Promise<Uint8Array> {
    return attempt("read", path, async () => {
      const address = objectAt("read", path);
      if (range?.length === 0) {
        if ((await this.#store.head(address)) !== undefined) return new Uint8Array(0);
      } else {
        const bytes = await this.#store.get(address, range);
        if (bytes !== undefined) return bytes;
      }
      if (await this.#isFolder(address)) throw systemError("EISDIR", "it is a folder");
      throw systemError("ENOENT", "no such object");
    });
  }

  create(path: string): Promise<FileWriter> {
    return attempt("create", path, async () => {
      const address = objectAt("create", path);
      await this.#checkPlace(address);
      const smallPath = temporaryPath(path, this.#unique());
      const writer = new S3FileWriter(this.#writing, path, address, smallPath, () => this.#writers.delete(writer));
      this.#writers.add(writer);
      return writer;
    });
  }

  createExclusive(path: string, bytes: Uint8Array): Promise<boolean> {
    return attempt("create", path, async () => {
      const address = objectAt("create", path);
      await this.#checkPlace(address);
      return this.#store.putIfAbsent(address, bytes, this.#unique());
    });
  }

  openResumable(target: string): Promise<ResumableWriter> {
    return attempt("create", target, async () => {
      const address = objectAt("create", target);
      await this.#checkPlace(address);
      const uploadId = await this.#store.beginUpload(address);
      return this.#resumableWriter(target, address, uploadId);
    });
  }

  resume(point: ResumePoint): Promise<ResumableWriter> {
    return attempt("go on writing", point.temporary, async () => {
      const address = objectAt("go on writing", point.target);
      const { upload } = point;
      if (upload === undefined || !(await this.#store.hasUpload(address, upload.id))) {
        throw systemError("ENOENT", "its upload is gone");
      }
      const tail = await this.#tailOf(point);
      if (tail === undefined) throw systemError("ENOENT", "the end of it is gone");
      return this.#resumableWriter(point.target, address, upload.id, { point, parts: upload.parts, tail });
    });
  }

  publishResumable(point: ResumePoint): Promise<void> {
    return attempt("publish", point.target, async () => {
      const address = objectAt("publish", point.target);
      if (!(await this.#completeUpload(address, point)) && (await this.#store.head(address)) === undefined) {
        // Neither waiting to be published nor published before.
        throw systemError("ENOENT", "neither the file nor its upload is there");
      }
      // A tail that stays is no more than an unfinished file to everybody else.
      if (point.upload !== undefined) await this.#removeTails(point.target, point.upload.id).catch(() => {});
    });
  }

  stat(path: string): Promise<FileStatus | undefined> {
    return attempt("look at", path, async () => {
      const place = placeAt("look at", path);
      const object = place.key === "" ? undefined : await this.#store.head(place);
      if (object !== undefined) return fileStatus(place.bucket, object);
      if (place.key !== "" && !(await this.#isFolder(place))) return undefined;
      return folderStatus(path);
    });
  }

  list(folder: string): Promise<FileStatus[]> {
    return attempt("list", folder, async () => {
      const place = placeAt("list", folder);
      const prefix = prefixOf(place);
      const { objects, prefixes } = await this.#store.list(place.bucket, prefix, { folded: true });
      if (objects.length === 0 && prefixes.length === 0) await this.#checkNotFile(place);
      const files = objects
        .filter(({ key }) => key !== prefix && !isTemporary(key))
        .map((object) => fileStatus(place.bucket, object));
      const folders = prefixes.map((key) => folderStatus(pathOf({ bucket: place.bucket, key: key.slice(0, -1) })));
      return sorted([...files, ...folders]);
    });
  }

  listTemporary(folder: string): Promise<FileStatus[]> {
    return attempt("list", folder, async () => {
      const place = placeAt("list", folder);
      const [{ objects }, uploads] = await Promise.all([
        this.#store.list(place.bucket, `${prefixOf(place)}.`, { folded: true }),
        this.#store.listUploads(place.bucket, prefixOf(place)),
      ]);
      const found = new Map<string, FileStatus>();
      for (const object of objects.filter(({ key }) => isTemporary(key))) {
        const status = fileStatus(place.bucket, object);
        // The tails of an upload are part of it.
        const path = parseUploadPath(status.path)?.upload ?? status.path;
        found.set(path, { ...status, path });
      }
      for (const { key, uploadId, startedMs } of uploads) {
        const target = pathOf({ bucket: place.bucket, key });
        const path = uploadPath(target, uploadId);
        if (posix.dirname(target) !== folder || found.has(path)) continue;
        found.set(path, { path, kind: "file", length: 0, modifiedMs: startedMs });
      }
      for (const { temporary, length } of this.#writers) {
        if (posix.dirname(temporary) !== folder || found.has(temporary)) continue;
        found.set(temporary, { path: temporary, kind: "file", length, modifiedMs: 0 });
      }
      return sorted([...found.values()]);
    });
  }

  makeFolder(path: string): Promise<void> {
    return attempt("make folder", path, async () => {
      const place = placeAt("make folder", path);
      if (place.key === "") return;
      await Promise.all([this.#checkFoldersAbove(place), this.#checkNotFile(place)]);
      await this.#store.put({ bucket: place.bucket, key: prefixOf(place) }, new Uint8Array(0));
      this.#know(path);
    });
  }

  remove(path: string): Promise<void> {
    return attempt("remove", path, async () => {
      const place = objectAt("remove", path);
      await this.#giveUpWriters(path);
      const upload = parseUploadPath(path);
      if (upload !== undefined) await this.#removeUpload(upload.target, upload.upload);
      else {
        // First what is in no folder's list: where that fails, the folder is still seen, and can be removed again.
        await this.#abortUploadsBelow(place);
        await this.#removeObjects(place);
      }
      for (const known of this.#knownFolders) if (isWithin(known, path)) this.#knownFolders.delete(known);
    });
  }

  #resumableWriter(
    target: string,
    address: ObjectAddress,
    uploadId: string,
    from?: ConstructorParameters<typeof S3ResumableWriter>[0]["from"],
  ): ResumableWriter {
    return new S3ResumableWriter({
      ...this.#writing,
      target,
      address,
      uploadId,
      unique: this.#unique,
      removeTails: () => this.#removeTails(target, uploadId),
      ...(from === undefined ? {} : { from }),
    });
  }

  /** @returns whether there was something to complete. */
  async #completeUpload(address: ObjectAddress, point: ResumePoint): Promise<boolean> {
    const { upload } = point;
    if (upload === undefined) return false;
    const tail = await this.#tailOf(point);
    if (tail === undefined || !(await this.#store.hasUpload(address, upload.id))) return false;
    const numbers = lastNumber();
    const parts = new PartUpload(
      { ...this.#writing, address, numbers },
      { uploadId: upload.id, parts: upload.parts, tail },
    );
    try {
      return await parts.complete();
    } catch (error) {
      // This moment, whoever runs the job now has completed it.
      if (systemCode(error) === "ENOENT") return false;
      throw error;
    }
  }

  /** Undefined where it is gone. @throws {MillraceError} `FILE_FAILED` where it is not as long as the point says. */
  async #tailOf(point: ResumePoint): Promise<Uint8Array | undefined> {
    const { parts = [], tail: path } = point.upload ?? {};
    const tail = path === undefined ? new Uint8Array(0) : await this.#store.get(objectAt("read", path));
    if (tail === undefined) return undefined;
    const length = parts.reduce((sum, part) => sum + part.length, tail.byteLength);
    if (length !== point.length) throw tooShort(point, length);
    return tail;
  }

  async #removeTails(target: string, uploadId: string): Promise<void> {
    const { bucket, key } = objectAt("remove", uploadNamePrefix(target, uploadId));
    const { objects } = await this.#store.list(bucket, key, { folded: false });
    if (objects.length > 0)
      await this.#store.delete(
        bucket,
        objects.map((object) => object.key),
      );
  }

  async #removeUpload(target: string, temporary: string): Promise<void> {
    const address = objectAt("remove", target);
    for (const { key, uploadId } of await this.#store.listUploads(address.bucket, address.key)) {
      if (key === address.key && uploadPath(target, uploadId) === temporary) {
        await this.#store.abortUpload(address, uploadId);
      }
    }
    const tails = objectAt("remove", temporary.slice(0, -".inprogress".length));
    const { objects } = await this.#store.list(tails.bucket, tails.key, { folded: false });
    if (objects.length > 0)
      await this.#store.delete(
        tails.bucket,
        objects.map((object) => object.key),
      );
  }

  async #removeObjects({ bucket, key }: ObjectAddress): Promise<void> {
    const prefix = prefixOf({ bucket, key });
    const { objects } = await this.#store.list(bucket, prefix, { folded: false });
    const keys = objects.map((object) => object.key);
    // A store that keeps folders of its own is told to remove those too, the innermost first.
    const folders = new Set(keys.flatMap((below) => foldersAbove(below).filter((above) => above.startsWith(prefix))));
    const innermostFirst = [...folders].sort((a, b) => b.length - a.length).map((folder) => `${folder}/`);
    await this.#store.delete(bucket, [...new Set([...keys, ...innermostFirst, prefix, key])]);
  }

  async #abortUploadsBelow(place: ObjectAddress): Promise<void> {
    for (const { key, uploadId } of await this.#store.listUploads(place.bucket, prefixOf(place))) {
      await this.#store.abortUpload({ bucket: place.bucket, key }, uploadId);
    }
  }

  /** What is removed while it is being written does not come back when it is published. */
  async #giveUpWriters(path: string): Promise<void> {
    const affected = [...this.#writers].filter(({ temporary }) => isWithin(temporary, path));
    await Promise.all(affected.map((writer) => writer.abort()));
  }

  /** @throws where a file lies above `address`, or a folder is in its place. */
  async #checkPlace(address: ObjectAddress): Promise<void> {
    const [, isFolder] = await Promise.all([this.#checkFoldersAbove(address), this.#isFolder(address)]);
    if (isFolder) throw systemError("EISDIR", "it is a folder");
  }

  async #checkFoldersAbove({ bucket, key }: ObjectAddress): Promise<void> {
    const unknown = foldersAbove(key).filter((folder) => !this.#knownFolders.has(pathOf({ bucket, key: folder })));
    await Promise.all(
      unknown.map(async (folder) => {
        await this.#checkNotFile({ bucket, key: folder });
        this.#know(pathOf({ bucket, key: folder }));
      }),
    );
  }

  async #checkNotFile(place: ObjectAddress): Promise<void> {
    if (place.key === "" || (await this.#store.head(place)) === undefined) return;
    throw systemError("ENOTDIR", `${pathOf(place)} is a file`);
  }

  #isFolder(place: ObjectAddress): Promise<boolean> {
    return this.#store.hasAny(place.bucket, prefixOf(place));
  }

  #know(folder: string): void {
    if (this.#knownFolders.size >= KNOWN_FOLDERS_MAX) this.#knownFolders.clear();
    this.#knownFolders.add(folder);
  }
}

async function attempt<T>(action: string, path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw s3Error(action, path, error);
  }
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

function fileStatus(bucket: string, { key, length, modifiedMs }: ObjectStatus): FileStatus {
  return { path: pathOf({ bucket, key }), kind: "file", length, modifiedMs };
}

function folderStatus(path: string): FileStatus {
  return { path, kind: "folder", length: 0, modifiedMs: 0 };
}

function sorted(files: FileStatus[]): FileStatus[] {
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}
