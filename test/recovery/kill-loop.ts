/**
 * Runs a program as a process of its own, kills it again and again at moments chosen by a seed, and starts it anew until it ends by
 * itself.
 *
 *     life 1 ──────✗   life 2 ───✗   life 3 ─────────────✗   ...   last life ──────────▶ exit 0
 *
 * Each kill is SIGKILL: no handler runs, nothing is flushed.
 */
import type { ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { seededRandom } from "../../src/core/seeded-random.ts";
import { type Ended, type Started, startNode } from "../started-process.ts";

export interface KillLoop {
  /** File of the program: its path, or its name where it lies beside this one. */
  readonly program: string;
  /** Where input, output and checkpoints are; made if missing. */
  readonly folder: string;
  readonly seed: number;
  readonly records: number;
  readonly ratePerSecond: number;
  /** Parallelism of the lives in turn; the last one again for all further lives. */
  readonly parallelisms: readonly number[];
  /** Each worker thread ends itself after about so long. Default: none does. */
  readonly workerLifeMs?: number;
  /** What the program is configured with. */
  readonly configuration?: Readonly<Record<string, string>>;
  /** After so many kills it is left to end by itself. */
  readonly killsMax: number;
  /** Looks at what a killed life has left. */
  readonly afterKill?: () => Promise<void>;
}

export interface KillLoopReport {
  readonly kills: number;
  /** Kills that found a checkpoint begun and not complete. */
  readonly killsWithinCheckpoint: number;
  /** Kills that found output written and not yet visible. */
  readonly killsWithOutputPending: number;
  /** Lives that started from a checkpoint of an earlier one. */
  readonly restores: number;
  /** All lines of the output, sorted. */
  readonly output: readonly string[];
}

/** One life of so many is killed while it starts: within this time from its beginning. */
const EARLY_ONE_OF = 4;
const EARLY_MS = 800;
/** Any other is killed within this time after it has completed its first checkpoint, so that every such life gets on. */
const LATE_MS = 350;

/** @throws when a life ends by itself with another exit code than 0. */
export async function killLoop(loop: KillLoop): Promise<KillLoopReport> {
  const random = seededRandom(loop.seed);
  const checkpoints = join(loop.folder, "checkpoints");
  const report = { kills: 0, killsWithinCheckpoint: 0, killsWithOutputPending: 0, restores: 0 };
  writeInput(join(loop.folder, "input"), loop.seed);

  for (let life = 0; ; life++) {
    if (newestCheckpoint(checkpoints) > 0) report.restores++;
    const parallelism = loop.parallelisms[Math.min(life, loop.parallelisms.length - 1)]!;
    const child = start(loop, parallelism);
    const callOff = report.kills < loop.killsMax ? killAtRandom(child.process, checkpoints, random) : () => {};
    let reached = newestCheckpoint(checkpoints);
    const watch = setInterval(() => {
      reached = Math.max(reached, newestCheckpoint(checkpoints));
    }, 20);
    const end = await child.ended;
    clearInterval(watch);
    callOff();
    if (end.signal !== "SIGKILL") {
      if (end.exitCode !== 0)
        throw new Error(`life ${life} of ${loop.program} ended with ${end.exitCode}:\n${end.stderr}`);
      return { ...report, output: outputLines(loop.folder) };
    }
    report.kills++;
    await loop.afterKill?.();
    // Removing its checkpoints is the last thing a process does whose job has finished: this one was killed on its way out.
    if (reached > 0 && newestCheckpoint(checkpoints) === 0) return { ...report, output: outputLines(loop.folder) };
    if (hasCheckpointUnderWay(checkpoints)) report.killsWithinCheckpoint++;
    if (hasPendingOutput(loop.folder)) report.killsWithOutputPending++;
  }
}

/** One life in which something happens, and what there is after it. */
export interface DisturbedLife extends Ended {
  /** All lines of the output, sorted; read whenever it is asked for. */
  readonly output: readonly string[];
}

/** Runs the program once, and does something to it or to what it stands on meanwhile. */
export async function disturbedLife(
  loop: Omit<KillLoop, "killsMax">,
  disturb: (life: Started, checkpoints: () => number) => Promise<void>,
): Promise<DisturbedLife> {
  const input = join(loop.folder, "input");
  if (!existsSync(input)) writeInput(input, loop.seed);
  const life = start({ ...loop, killsMax: 0 }, loop.parallelisms[0]!);
  await disturb(life, () => newestCheckpoint(join(loop.folder, "checkpoints")));
  return {
    ...(await life.ended),
    get output() {
      return outputLines(loop.folder);
    },
  };
}

/** The program's output where nothing disturbs it. */
export async function undisturbed(loop: Omit<KillLoop, "killsMax">): Promise<readonly string[]> {
  return (await killLoop({ ...loop, killsMax: 0 })).output;
}

function start(
  { program, folder, seed, records, ratePerSecond, workerLifeMs, configuration = {} }: KillLoop,
  parallelism: number,
): Started {
  return startNode([resolve(fileURLToPath(new URL(".", import.meta.url)), program)], {
    env: {
      RECOVERY_INPUT: join(folder, "input"),
      RECOVERY_OUTPUT: join(folder, "output"),
      RECOVERY_CHECKPOINTS: join(folder, "checkpoints"),
      RECOVERY_PARALLELISM: String(parallelism),
      RECOVERY_SEED: String(seed),
      RECOVERY_RECORDS: String(records),
      RECOVERY_RATE: String(ratePerSecond),
      ...(workerLifeMs !== undefined && { RECOVERY_WORKER_LIFE_MS: String(workerLifeMs) }),
      RECOVERY_CONFIGURATION: JSON.stringify(configuration),
    },
  });
}

/** @returns a function that calls it off. */
function killAtRandom(child: ChildProcess, checkpoints: string, random: () => number): () => void {
  const early = random() < 1 / EARLY_ONE_OF;
  const afterMs = random() * (early ? EARLY_MS : LATE_MS);
  let kill: NodeJS.Timeout | undefined;
  let look: NodeJS.Timeout | undefined;
  const killLater = (): void => {
    clearInterval(look);
    kill = setTimeout(() => child.kill("SIGKILL"), afterMs);
  };
  if (early) {
    killLater();
  } else {
    const before = newestCheckpoint(checkpoints);
    look = setInterval(() => newestCheckpoint(checkpoints) > before && killLater(), 5);
  }
  return () => {
    clearInterval(look);
    clearTimeout(kill);
  };
}

const INPUT_FILES = 8;
const LINES_PER_FILE = 8_000;

function writeInput(folder: string, seed: number): void {
  const random = seededRandom(seed ^ 0x5eed);
  mkdirSync(folder, { recursive: true });
  for (let file = 0; file < INPUT_FILES; file++) {
    const lines = Array.from({ length: LINES_PER_FILE }, () => {
      const key = `key-${Math.floor(random() * 97)}`;
      return JSON.stringify({ key, value: key.length * 7 });
    });
    writeFileSync(join(folder, `lines-${file}.jsonl`), `${lines.join("\n")}\n`);
  }
}

/** The program's sinks, each with a folder of its own. */
export const SINKS: readonly string[] = ["counts", "windows", "sessions"];

/** Every line of every finished file, with the name of its sink, sorted. */
export function outputLines(folder: string, sinks: readonly string[] = SINKS): string[] {
  const lines: string[] = [];
  for (const sink of sinks) {
    for (const path of filesIn(join(folder, "output", sink)).filter((path) => !isPending(path))) {
      for (const line of readFileSync(path, "utf8").split("\n")) if (line !== "") lines.push(`${sink} ${line}`);
    }
  }
  return lines.sort();
}

function hasPendingOutput(folder: string): boolean {
  return filesIn(join(folder, "output")).some(isPending);
}

/** Files that are not yet part of the output are hidden ones. */
function isPending(path: string): boolean {
  return path.split("/").some((part) => part.startsWith(".") || part.startsWith("_"));
}

/** The highest id of a complete checkpoint; 0 where there is none. */
function newestCheckpoint(folder: string): number {
  const complete = checkpointFolders(folder).filter((path) => existsSync(join(path, "_metadata")));
  return Math.max(0, ...complete.map((path) => Number(/chk-(\d+)$/.exec(path)?.[1])));
}

function hasCheckpointUnderWay(folder: string): boolean {
  return checkpointFolders(folder).some((path) => !existsSync(join(path, "_metadata")));
}

/** What is in such a folder may go while it is looked at, so nothing looks into it. */
function checkpointFolders(folder: string): string[] {
  try {
    return readdirSync(folder)
      .flatMap((job) => readdirSync(join(folder, job)).map((name) => join(folder, job, name)))
      .filter((path) => /\/chk-\d+$/.test(path));
  } catch {
    // There is none yet, or the program removed one while this was looking.
    return [];
  }
}

/** The first lines that one has more often than the other: a comparison of a hundred thousand lines as a whole would take for ever to print. */
export function differences(output: readonly string[], expected: readonly string[]): readonly string[] {
  const balance = new Map<string, number>();
  for (const line of expected) balance.set(line, (balance.get(line) ?? 0) - 1);
  for (const line of output) balance.set(line, (balance.get(line) ?? 0) + 1);
  return [...balance]
    .flatMap(([line, count]) => (count === 0 ? [] : [`${count > 0 ? "+" : ""}${count} x ${line}`]))
    .slice(0, 10);
}

function filesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
