/**
 * How a program was started: an object on `globalThis` under a well-known symbol, put there before the program is loaded, so that it does
 * not matter how many copies of Millrace a bundle holds. Absent where the program was started by `node` itself.
 */
import type { Host } from "./host/host.ts";
import { consoleLog, type JobLog, jsonLog } from "./job-log.ts";
import type { RunningJob } from "./running-job.ts";

const LAUNCH: unique symbol = Symbol.for("millrace.launch") as never;

/** What every thread of the program is told; plain data. */
export interface ProgramLaunch {
  /** Configuration by key, as typed. */
  readonly configuration: Readonly<Record<string, string>>;
  /** URL of the module that holds the program; workers load the same one. Default: the file that Node was started with. */
  readonly program?: string;
}

/** What the thread that submits jobs is told on top. */
export interface Launch extends ProgramLaunch {
  /** Where lines for people go. Default: standard error. */
  readonly log?: JobLog;
  /** What the jobs run on. Default: by `millrace.host`. For tests that hold clock and scheduler themselves. */
  readonly host?: Host;
  /** Called with each job that the program submits, before it is deployed. */
  onJob?(job: RunningJob): void;
}

interface LaunchGlobals {
  [LAUNCH]?: Launch;
}

/** How this program was started; undefined where nobody said. */
export function launched(): Launch | undefined {
  return (globalThis as LaunchGlobals)[LAUNCH];
}

/** Where the lines of a job with that setting go. */
export function jobLog(format: "text" | "json" | undefined): JobLog {
  return format === "json" ? jsonLog() : (launched()?.log ?? consoleLog);
}

/** To be called before the program is loaded. */
export function setLaunch(launch: Launch): void {
  (globalThis as LaunchGlobals)[LAUNCH] = launch;
}

/** The part of it that can cross to a worker thread. */
export function launchOfWorkers(): ProgramLaunch | undefined {
  const launch = launched();
  if (launch === undefined) return undefined;
  const { configuration, program } = launch;
  return program === undefined ? { configuration } : { configuration, program };
}
