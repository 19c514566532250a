import { posix } from "node:path";

/** The start of every temporary file's name tells what it becomes; the end, that it is not that yet. */
const TEMPORARY = /^\..+\.[0-9a-z-]{8,64}\.inprogress$/;

/** The path under which `target` is written until it is published: in the same folder, so that a rename publishes it. */
export function temporaryPath(target: string, unique: string): string {
  return posix.join(posix.dirname(target), `.${posix.basename(target)}.${unique}.inprogress`);
}

/** Whether `path` names a file that its writer has not finished. */
export function isTemporary(path: string): boolean {
  return TEMPORARY.test(posix.basename(path));
}
