import { spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readPointer } from "../../src/checkpoint/latest-pointer.ts";
import { write } from "../../src/filesystem/file-system.contract.ts";
import { type ResolvedFile, resolveUri } from "../../src/filesystem/resolve.ts";

const KILLS = 5;
const FILES = 8;
const LINES_PER_FILE = 5_000;
const KEYS = 97;
/** A life is killed within this time after its first checkpoint. */
const KILL_WITHIN_MS = 400;

/** A whole job on a store, killed with SIGKILL again and again. `configuration` is how the program reaches the store. */
export function describeKilledJobOn(
  name: string,
  newUri: () => string,
  configuration: Readonly<Record<string, string>>,
): void {
  describe(`a job with input, output and checkpoints on ${name}`, () => {
    it(`has the output of an undisturbed run after ${KILLS} kills`, async () => {
      const uri = newUri();
      const store = resolveUri(uri);
      const expected = await writeInput(store);
      let restores = 0;

      for (let life = 0; life < KILLS; life++) {
        if ((await newestCheckpoint(store)) > 0) restores++;
        expect(await liveUntilKilled(uri, store, configuration, (life * KILL_WITHIN_MS) / KILLS)).toBe("SIGKILL");
      }
      const { code, stdout, stderr } = await start(uri, configuration).ended;

      expect(code, stderr).toBe(0);
      expect(JSON.parse(stdout)).toEqual({ restoredFrom: expect.anything() });
      expect(restores).toBe(KILLS - 1);
      expect(await outputOf(store)).toEqual(expected);
    });
  });
}

/** @returns what the output has to be, sorted: for each key the numbers from 1 to how often it comes. */
async function writeInput({ fileSystem, path }: ResolvedFile): Promise<string[]> {
  const counts = new Map<string, number>();
  const expected: string[] = [];
  for (let file = 0; file < FILES; file++) {
    const lines = Array.from({ length: LINES_PER_FILE }, (_, line) => {
      const key = `key-${(line * 31 + file * 17) % KEYS}`;
      const count = (counts.get(key) ?? 0) + 1;
      counts.set(key, count);
      expected.push(JSON.stringify({ key, count }));
      return JSON.stringify({ key });
    });
    await write(fileSystem, `${path}/input/lines-${file}.jsonl`, `${lines.join("\n")}\n`);
  }
  return expected.sort();
}

async function outputOf({ fileSystem, path }: ResolvedFile): Promise<string[]> {
  const lines: string[] = [];
  for (const file of await fileSystem.list(`${path}/output`)) {
    lines.push(
      ...Buffer.from(await fileSystem.read(file.path))
        .toString("utf8")
        .split("\n")
        .slice(0, -1),
    );
  }
  return lines.sort();
}

async function newestCheckpoint({ fileSystem, path }: ResolvedFile): Promise<number> {
  return (await readPointer(fileSystem, `${path}/checkpoints/counts`))?.checkpointId ?? 0;
}

/** @returns the signal that ended it, or what went wrong. */
async function liveUntilKilled(
  uri: string,
  store: ResolvedFile,
  configuration: Readonly<Record<string, string>>,
  afterMs: number,
): Promise<string> {
  const before = await newestCheckpoint(store);
  const life = start(uri, configuration);
  let hasEnded = false;
  void life.ended.then(() => {
    hasEnded = true;
  });
  while (!hasEnded && (await newestCheckpoint(store)) === before) await sleep(20);
  await sleep(afterMs);
  life.kill();
  const { signal, code, stderr } = await life.ended;
  return signal ?? `it ended by itself with ${code}: ${stderr}`;
}

function start(
  uri: string,
  configuration: Readonly<Record<string, string>>,
): {
  kill: () => void;
  ended: Promise<{ code: number | null; signal: string | null; stdout: string; stderr: string }>;
} {
  const program = fileURLToPath(new URL("./killed-job.program.mjs", import.meta.url));
  const child = spawn(process.execPath, [program], {
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...process.env, KILLED_JOB_STORE: uri, KILLED_JOB_CONFIGURATION: JSON.stringify(configuration) },
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const ended = new Promise<Awaited<ReturnType<typeof start>["ended"]>>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  return { kill: () => void child.kill("SIGKILL"), ended };
}
