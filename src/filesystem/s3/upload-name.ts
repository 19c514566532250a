import { createHash } from "node:crypto";
import { posix } from "node:path";
import { temporaryPath } from "../temporary-name.ts";

/** Digits of an upload's hash in names; a collision among a million uploads of one file has a chance below 1 in 10^16. */
const DIGITS = 24;

/**
 * The temporary path by which the file system shows the upload of `target`. S3 knows it by an id that is too long and too odd for
 * a name, and everybody who lists uploads computes the same name from it.
 */
export function uploadPath(target: string, uploadId: string): string {
  return temporaryPath(target, hashOf(uploadId));
}

/** A file beside the target for bytes of an upload that are not enough for a part. */
export function tailPath(target: string, uploadId: string, unique: string): string {
  return temporaryPath(target, `${hashOf(uploadId)}-${unique}`);
}

/** What the names of an upload's own temporary path and of its tails start with, and no other's. */
export function uploadNamePrefix(target: string, uploadId: string): string {
  return posix.join(posix.dirname(target), `.${posix.basename(target)}.${hashOf(uploadId)}`);
}

/** The target and hash that an upload's temporary path, or that of one of its tails, tells. */
export function parseUploadPath(path: string): { readonly target: string; readonly upload: string } | undefined {
  const match = TEMPORARY_OF_UPLOAD.exec(posix.basename(path));
  if (match === null) return undefined;
  const target = posix.join(posix.dirname(path), match[1]!);
  return { target, upload: temporaryPath(target, match[2]!) };
}

const TEMPORARY_OF_UPLOAD = new RegExp(String.raw`^\.(.+)\.([0-9a-f]{${DIGITS}})(?:-[0-9a-z-]+)?\.inprogress$`, "s");

function hashOf(uploadId: string): string {
  return createHash("sha256").update(uploadId).digest("hex").slice(0, DIGITS);
}
