import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import process from "node:process";

/** Who a process is: its number alone is used again by later ones. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly host: string;
  /** When the process started, in a form that only equality is asked of; undefined where the system does not tell. */
  readonly started: string | undefined;
  /** Where its number means something: containers may have a host's name in common, and have numbers of their own. */
  readonly pidNamespace?: string | undefined;
}

/** Tells processes apart, and the living from the dead; the simulator has its own. */
export interface ProcessTable {
  readonly self: ProcessIdentity;
  /** Whether `other` runs still. A process of another host or container cannot be seen from here and counts as alive. */
  isAlive(other: ProcessIdentity): boolean;
}

/** The processes of this machine, from `/proc` where there is one. */
export const systemProcesses: ProcessTable = {
  self: { pid: process.pid, host: hostname(), started: startOf(process.pid), pidNamespace: pidNamespace() },
  isAlive(other) {
    if (other.host !== this.self.host || isElsewhere(other.pidNamespace, this.self.pidNamespace)) return true;
    if (!exists(other.pid)) return false;
    const started = startOf(other.pid);
    return started === undefined || other.started === undefined ? !isZombie(other.pid) : started === other.started;
  },
};

function isElsewhere(other: string | undefined, self: string | undefined): boolean {
  return other !== undefined && self !== undefined && other !== self;
}

function pidNamespace(): string | undefined {
  try {
    return readlinkSync("/proc/self/ns/pid");
  } catch {
    return undefined;
  }
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // A process of another user may not be signalled, but it is there.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/** Boot and clock ticks since boot at which `pid` started; undefined for one that has ended, and on systems without `/proc`. */
function startOf(pid: number): string | undefined {
  const fields = statFields(pid);
  if (fields === undefined || fields[0] === "Z" || fields[0] === "X") return undefined;
  return `${readText("/proc/sys/kernel/random/boot_id")?.trim() ?? ""}:${fields[19]}`;
}

/** A zombie has ended; only its parent has not asked yet how. */
function isZombie(pid: number): boolean {
  return statFields(pid)?.[0] === "Z";
}

/** The fields of `/proc/<pid>/stat` after the command, which may itself hold spaces and brackets. */
function statFields(pid: number): string[] | undefined {
  const text = readText(`/proc/${pid}/stat`);
  return text?.slice(text.lastIndexOf(")") + 2).split(" ");
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
