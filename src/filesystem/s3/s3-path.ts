import { fileError, systemError } from "../file-error.ts";
import type { ObjectAddress } from "./object-store.ts";

/** The object that `/bucket/key` names. @throws {MillraceError} `FILE_FAILED` for a bucket itself. */
export function objectAt(action: string, path: string): ObjectAddress {
  const address = placeAt(action, path);
  if (address.key === "") throw fileError(action, path, systemError("EISDIR", "it is a bucket"));
  return address;
}

/** The object or bucket that a path names; a bucket has the key "". @throws {MillraceError} `FILE_FAILED` for "/", which has no bucket. */
export function placeAt(action: string, path: string): ObjectAddress {
  const match = /^\/([^/]+)(?:\/(.*))?$/s.exec(path);
  if (match === null) throw fileError(action, path, systemError("ENODEV", "a path on S3 starts with a bucket"));
  return { bucket: match[1]!, key: match[2] ?? "" };
}

export function pathOf({ bucket, key }: ObjectAddress): string {
  return key === "" ? `/${bucket}` : `/${bucket}/${key}`;
}

/** What the keys of all that lies in a folder start with. */
export function prefixOf({ key }: ObjectAddress): string {
  return key === "" ? "" : `${key}/`;
}

/** The keys of the folders in which `key` lies, the outermost first. */
export function foldersAbove(key: string): string[] {
  const parts = key.split("/").slice(0, -1);
  return parts.map((_, i) => parts.slice(0, i + 1).join("/"));
}
