/** Several processes that run one program with the same high-availability folder, and what a test does to them. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export interface HaProgram {
  readonly folder: string;
  readonly records: number;
  /** Until somebody leads after `runFast`. */
  readonly ratePerSecond: number;
  /** As its configuration key has it. */
  readonly lease: string;
  /** The wall clock of the process. Default `right`. */
  readonly clock?: "right" | "jumping" | "behind" | "back";
  /** URI of what all processes share, and of the output. Default: in `folder`. */
  readonly storage?: { readonly shared: string; readonly output: string };
  readonly configuration?: Readonly<Record<string, string>>;
}

const PROGRAM = fileURLToPath(new URL("counts.program.mjs", import.meta.url));
/** A test that waits longer than this for something has failed: for a hang only, however busy the machine is. */
const PATIENCE_MS = 300_000;

/** One process, and what it has said. */
export class HaProcess {
  readonly child: ChildProcess;
  readonly exited: Promise<{ readonly code: number | null; readonly signal: string | null }>;
  log = "";

  constructor({ folder, records, ratePerSecond, lease, clock = "right", storage, configuration = {} }: HaProgram) {
    mkdirSync(join(folder, "shared/ha"), { recursive: true });
    this.child = spawn(process.execPath, [PROGRAM], {
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...process.env,
        HA_FOLDER: folder,
        HA_RECORDS: String(records),
        HA_RATE: String(ratePerSecond),
        HA_LEASE: lease,
        HA_CLOCK: clock,
        HA_CONFIGURATION: JSON.stringify(configuration),
        ...(storage && { HA_STORAGE: storage.shared, HA_OUTPUT: storage.output }),
      },
    });
    for (const stream of [this.child.stdout!, this.child.stderr!]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        this.log += text;
      });
    }
    this.exited = new Promise((resolve, reject) => {
      this.child.on("error", reject);
      this.child.on("close", (code, signal) => resolve({ code, signal }));
    });
  }

  get pid(): number {
    return this.child.pid!;
  }

  signal(signal: "SIGKILL" | "SIGSTOP" | "SIGCONT" | "SIGTERM"): void {
    this.child.kill(signal);
  }

  /** Whether it has said that it no longer leads, after it led in `epoch`. */
  hasLost(epoch: number): boolean {
    return this.log.includes(`no longer leads the job (epoch ${epoch})`);
  }

  get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }
}

/** What the newest record of the leader log says. */
export interface LoggedLeader {
  readonly number: number;
  readonly epoch: number;
  readonly state: string;
  readonly leader: { readonly pid: number };
  readonly checkpoint?: { readonly checkpointId: number; readonly location: string } | undefined;
}

export function loggedLeader(folder: string, shared = "shared"): LoggedLeader | undefined {
  const log = join(folder, shared, "ha/default/counts");
  try {
    const number = Math.max(...readdirSync(log).map((name) => Number(/^leader\.(\d+)$/.exec(name)?.[1] ?? 0)));
    const [, json] = /^(\{.*\})\n/s.exec(readFileSync(join(log, `leader.${number}`), "utf8"))!;
    return { number, ...JSON.parse(json!) };
  } catch {
    // Not there yet, away, or gone on while it was looked at.
    return undefined;
  }
}

/** The process that leads, once it has completed a checkpoint of its own. */
export async function leaderAtWork(
  look: () => Promise<LoggedLeader | undefined> | LoggedLeader | undefined,
  processes: readonly HaProcess[],
  afterEpoch = 0,
): Promise<{ readonly leader: HaProcess; readonly epoch: number }> {
  return until(`a leader after epoch ${afterEpoch} has completed a checkpoint`, processes, async () => {
    const found = await look();
    if (found === undefined || found.epoch <= afterEpoch || found.state !== "leading") return undefined;
    if (found.checkpoint?.location.endsWith(`-e${found.epoch}`) !== true) return undefined;
    const leader = processes.find((one) => one.pid === found.leader.pid && !one.hasEnded);
    return leader && { leader, epoch: found.epoch };
  });
}

/** @throws with all that the processes have said, where it does not come to that. */
export async function until<T>(
  what: string,
  processes: readonly HaProcess[],
  look: () => T | undefined | false | Promise<T | undefined | false>,
): Promise<T> {
  const givesUpMs = performance.now() + PATIENCE_MS;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    const failed = processes.some(({ child }) => child.exitCode !== null && child.exitCode !== 0);
    if (failed || performance.now() > givesUpMs) {
      throw new Error(`waited in vain: ${what}\n${processes.map((one) => `${one.pid}:\n${one.log}`).join("\n")}`);
    }
    await pause(10);
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Whoever comes to lead from now on runs the job as fast as it can. */
export function runFast(folder: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "fast"), "");
}

/** Ends when all have ended by themselves; all must have succeeded. */
export async function allFinish(processes: readonly HaProcess[]): Promise<void> {
  await until("all processes have ended", processes, () => processes.every((one) => one.hasEnded));
  for (const one of processes) {
    const { code, signal } = await one.exited;
    if (code !== 0) throw new Error(`process ${one.pid} ended with ${signal ?? code}:\n${one.log}`);
  }
}

/** The names and contents of all files that readers of the output see. */
export function visibleFiles(folder: string): readonly string[] {
  const output = join(folder, "output");
  if (!existsSync(output)) return [];
  return readdirSync(output)
    .filter((name) => !name.startsWith("."))
    .sort()
    .map((name) => `${name}\n${readFileSync(join(output, name), "utf8")}`);
}

/** All lines of the output, sorted. */
export function outputLines(folder: string): readonly string[] {
  return visibleFiles(folder)
    .flatMap((file) => file.split("\n").slice(1))
    .filter((line) => line !== "")
    .sort();
}
