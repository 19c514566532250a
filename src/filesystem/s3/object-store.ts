/** An object's address. Keys have no leading slash. */
export interface ObjectAddress {
  readonly bucket: string;
  readonly key: string;
}

export interface ObjectStatus {
  readonly key: string;
  readonly length: number;
  readonly modifiedMs: number;
}

/** A part of an upload, as it is named when the object is made. */
export interface NumberedPart {
  readonly number: number;
  readonly tag: string;
}

export interface PendingUpload {
  readonly key: string;
  readonly uploadId: string;
  readonly startedMs: number;
}

/**
 * What an S3 file system needs of S3, in its own words: objects that are replaced as a whole, and uploads in parts that become an object
 * when they are completed. There is no rename and no appending. What fails throws as it comes; what is not there has a value.
 */
export interface ObjectStore {
  head(address: ObjectAddress): Promise<ObjectStatus | undefined>;
  /** The object's bytes, or those of `range`: fewer where the object ends earlier. Undefined where there is no such object. */
  get(
    address: ObjectAddress,
    range?: { readonly offset: number; readonly length: number },
  ): Promise<Uint8Array | undefined>;
  put(address: ObjectAddress, bytes: Uint8Array): Promise<void>;
  /** Of several who try at once, one gets true; `writer` tells its own object from another's when an answer was lost. */
  putIfAbsent(address: ObjectAddress, bytes: Uint8Array, writer: string): Promise<boolean>;
  /** Everything whose key starts with `prefix`; `folded`: only up to the next slash, with what has one there as a prefix. */
  list(bucket: string, prefix: string, options: { readonly folded: boolean }): Promise<ObjectListing>;
  hasAny(bucket: string, prefix: string): Promise<boolean>;
  /** Keys that are not there are no error. */
  delete(bucket: string, keys: readonly string[]): Promise<void>;

  /** @returns the upload's id. */
  beginUpload(address: ObjectAddress): Promise<string>;
  hasUpload(address: ObjectAddress, uploadId: string): Promise<boolean>;
  /** Parts count from 1. @returns the part's tag; undefined where the upload is gone. */
  uploadPart(address: ObjectAddress, uploadId: string, part: number, bytes: Uint8Array): Promise<string | undefined>;
  /** Makes an object of these parts, in ascending order of their numbers. @returns whether there was such an upload. */
  completeUpload(address: ObjectAddress, uploadId: string, parts: readonly NumberedPart[]): Promise<boolean>;
  /** An upload that is gone is no error. */
  abortUpload(address: ObjectAddress, uploadId: string): Promise<void>;
  listUploads(bucket: string, prefix: string): Promise<PendingUpload[]>;
}

export interface ObjectListing {
  readonly objects: readonly ObjectStatus[];
  /** With the slash at their end. */
  readonly prefixes: readonly string[];
}
