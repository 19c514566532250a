import { MillraceError } from "../core/errors.ts";
import type { ResumePoint } from "./file-system.ts";

const ADVICE: Readonly<Record<string, string>> = {
  ENOSPC: "The disk is full: free space, or point the job at a folder on a larger disk.",
  EDQUOT: "The disk quota is used up: free space, or ask for a larger quota.",
  EACCES:
    "This process may not do that: give its user read and write permission on the folder, or choose another folder.",
  EPERM:
    "This process may not do that: give its user read and write permission on the folder, or choose another folder.",
  EROFS: "The disk is mounted read-only: choose a folder on another disk, or mount it for writing.",
  ENOENT: "Check the path for a typing error, and that nothing else removes files there.",
  ENOTDIR: "A part of the path is a file where a folder is needed: choose another path.",
  EISDIR: "The path names a folder where a file is needed: choose another path.",
  EMFILE: "This process has too many files open: raise its limit with `ulimit -n`, or lower the parallelism.",
  ENFILE: "The whole machine has too many files open: raise the system's limit, or close other programs.",
  EIO: "The disk reports a read or write error: look at the system's log, and move the data to another disk.",
};

/** The code of a failed system call, such as "ENOENT". */
export function systemCode(cause: unknown): string | undefined {
  return cause instanceof Error && "code" in cause && typeof cause.code === "string" ? cause.code : undefined;
}

/** The failure of a call that no operating system has made, in the form in which one would tell it. */
export function systemError(code: string, message: string): Error {
  return Object.assign(new Error(`${code}: ${message}`), { code });
}

/** What a file system throws: the path, what was tried, what to do, and the cause. `action` completes "could not …". */
export function fileError(action: string, path: string, cause: unknown): MillraceError {
  if (cause instanceof MillraceError) return cause;
  const code = systemCode(cause);
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new MillraceError(code === "ENOENT" ? "FILE_NOT_FOUND" : "FILE_FAILED", {
    message: `could not ${action} ${path}: ${code === "ENOENT" ? "it does not exist" : reason}.`,
    advice:
      (code === undefined ? undefined : ADVICE[code]) ??
      "See the cause; if the storage was away for a moment, the next attempt may succeed.",
    next: "restart",
    facts: { path, systemCode: code },
    cause,
  });
}

/** A resumable file that lost bytes which `persist` had made durable. */
export function tooShort(point: ResumePoint, length: number): MillraceError {
  return new MillraceError("FILE_FAILED", {
    message: `${point.temporary} has ${length} bytes, but a checkpoint counts on ${point.length} that were made durable.`,
    advice: "Something cut the file, or the disk lost it: restore from a checkpoint that does not need it.",
    facts: { path: point.temporary, length, expected: point.length },
  });
}
