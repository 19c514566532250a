/** Time and CPU of a part of a run, whichever threads of the process take it. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** One look at the clock. */
export interface Reading {
  /** Milliseconds since 1970, with fractions. */
  readonly atMs: number;
  /** What all threads of this process have used so far. */
  readonly cpuMs: number;
}

export function readNow(): Reading {
  const { user, system } = process.cpuUsage();
  return { atMs: performance.timeOrigin + performance.now(), cpuMs: (user + system) / 1000 };
}

/** The measured part begins: leaves a reading in `folder` for all threads; only the first one counts. */
export function startStopwatch(folder: string): void {
  if (startedHere) return;
  startedHere = true;
  try {
    writeFileSync(join(folder, STARTED), JSON.stringify(readNow()), { flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}

export function readStart(folder: string): Reading {
  return JSON.parse(readFileSync(join(folder, STARTED), "utf8"));
}

/** By this thread. */
let startedHere = false;

const STARTED = "started.json";
