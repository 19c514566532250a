import { mkdirSync, readdirSync, rmdirSync, rmSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { diskFailure } from "./rocks-database.ts";

/** Below the folder that the configuration names, or that of the system for temporary files. */
const NAME = "millrace-rocksdb";

const swept = new Set<string>();

/**
 * The folder for the databases of this process: `<directory>/millrace-rocksdb/<host>-<process id>`. At its first use, those that processes
 * of this host have left behind are removed: what is in them counts for nothing, it is in checkpoints.
 */
export function localFolder(directory: string = tmpdir()): string {
  const parent = join(directory, NAME);
  if (!swept.has(parent)) {
    swept.add(parent);
    sweep(parent);
  }
  const folder = join(parent, `${hostname()}-${process.pid}`);
  try {
    mkdirSync(folder, { recursive: true });
  } catch (cause) {
    throw diskFailure(`make ${folder}`, cause);
  }
  return folder;
}

/** Removes the process's folder, unless there still is anything in it. */
export function leaveLocalFolder(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Another back end uses it, or it has gone with the last one.
  }
}

function sweep(parent: string): void {
  for (const name of namesIn(parent)) {
    const pid = name.startsWith(`${hostname()}-`) ? Number(name.slice(hostname().length + 1)) : Number.NaN;
    if (Number.isInteger(pid) && !isAlive(pid)) rmSync(join(parent, name), { recursive: true, force: true });
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
