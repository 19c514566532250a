/** A job of `killed-job.program.mjs` with everything on a store: its input, its processes, its output. */
import { fileURLToPath } from "node:url";
import { readPointer } from "../../src/checkpoint/latest-pointer.ts";
import { write } from "../../src/filesystem/file-system.contract.ts";
import type { ResolvedFile } from "../../src/filesystem/resolve.ts";
import { type Started, startNode } from "../started-process.ts";

const FILES = 8;
const LINES_PER_FILE = 5_000;
const KEYS = 97;

export interface KilledJob {
  readonly uri: string;
  /** How the program reaches the store, and what else is set. */
  readonly configuration: Readonly<Record<string, string>>;
  /** Records that come at 3,000 in a second, so that the job is not over before the first kill. */
  readonly generated: number;
  readonly parallelism: number;
}

/** Starts one life of the job. */
export function startLife({ uri, configuration, generated, parallelism }: KilledJob): Started {
  return startNode([fileURLToPath(new URL("./killed-job.program.mjs", import.meta.url))], {
    env: {
      KILLED_JOB_STORE: uri,
      KILLED_JOB_CONFIGURATION: JSON.stringify(configuration),
      KILLED_JOB_GENERATED: String(generated),
      KILLED_JOB_PARALLELISM: String(parallelism),
    },
    stdin: "pipe",
  });
}

/** @returns what the output of the job has to be, sorted: for each key the numbers from 1 to how often it comes. */
export async function writeInput(
  { fileSystem, path }: ResolvedFile,
  { generated }: Pick<KilledJob, "generated">,
): Promise<string[]> {
  const counts = new Map<string, number>();
  const expected: string[] = [];
  const expect = (key: string): void => {
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    expected.push(JSON.stringify({ key, count }));
  };
  for (let file = 0; file < FILES; file++) {
    const lines = Array.from({ length: LINES_PER_FILE }, (_, line) => {
      const key = `key-${(line * 31 + file * 17) % KEYS}`;
      expect(key);
      return JSON.stringify({ key });
    });
    await write(fileSystem, `${path}/input/lines-${file}.jsonl`, `${lines.join("\n")}\n`);
  }
  for (let index = 0; index < generated; index++) expect(`key-${index % KEYS}`);
  return expected.sort();
}

/** All lines that readers of the output see, sorted. */
export async function outputOf({ fileSystem, path }: ResolvedFile): Promise<string[]> {
  const lines: string[] = [];
  for (const file of await fileSystem.list(`${path}/output`)) {
    const text = Buffer.from(await fileSystem.read(file.path)).toString("utf8");
    lines.push(...text.split("\n").slice(0, -1));
  }
  return lines.sort();
}

/** The id of the checkpoint that the job goes on from; 0: none. */
export async function newestCheckpoint(store: ResolvedFile): Promise<number> {
  return (await readPointer(store.fileSystem, checkpointsOf(store)))?.checkpointId ?? 0;
}

/** The folder of the job's checkpoints. */
export function checkpointsOf({ path }: ResolvedFile): string {
  return `${path}/checkpoints/counts`;
}
