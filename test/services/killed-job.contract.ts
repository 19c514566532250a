import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { type ResolvedFile, resolveUri } from "../../src/filesystem/resolve.ts";
import { type KilledJob, newestCheckpoint, outputOf, startLife, writeInput } from "./killed-job.ts";

const KILLS = 5;
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
      const job: KilledJob = { uri, configuration, generated: 20_000, parallelism: 2 };
      const expected = await writeInput(store, job);
      let restores = 0;

      for (let life = 0; life < KILLS; life++) {
        if ((await newestCheckpoint(store)) > 0) restores++;
        expect(await liveUntilKilled(job, store, (life * KILL_WITHIN_MS) / KILLS)).toBe("SIGKILL");
      }
      const { exitCode, stdout, stderr } = await startLife(job).ended;

      expect(exitCode, stderr).toBe(0);
      expect(JSON.parse(stdout)).toEqual({ restoredFrom: expect.anything(), restarts: 0 });
      expect(restores).toBe(KILLS - 1);
      expect(await outputOf(store)).toEqual(expected);
    });
  });
}

/** @returns the signal that ended it, or what went wrong. */
async function liveUntilKilled(job: KilledJob, store: ResolvedFile, afterMs: number): Promise<string> {
  const before = await newestCheckpoint(store);
  const life = startLife(job);
  let hasEnded = false;
  void life.ended.then(() => {
    hasEnded = true;
  });
  while (!hasEnded && (await newestCheckpoint(store)) === before) await sleep(20);
  await sleep(afterMs);
  life.process.kill("SIGKILL");
  const { signal, exitCode, stderr } = await life.ended;
  return signal ?? `it ended by itself with ${exitCode}: ${stderr}`;
}
