import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ResolvedFile } from "../../src/filesystem/resolve.ts";
import { differences } from "../recovery/kill-loop.ts";
import type { Ended } from "../started-process.ts";
import { auditCheckpoints } from "./checkpoint-audit.ts";
import { checkpointsOf, type KilledJob, newestCheckpoint, outputOf, startLife, writeInput } from "./killed-job.ts";
import type { RunningServer, ServerProcess } from "./servers/server-process.d.mts";

/** For how long the store is away, and then as long as it takes to start. */
const AWAY_MS = 2_000;
/** At 3,000 in a second, so that the job has enough to do until the last kill is over. */
const RECORDS = 120_000;

/** What is killed, and when. */
export interface StoreKill {
  readonly at: string;
  readonly victims: readonly ServerProcess[];
  /** Resolves at the moment. Asked for once the job has gone on after the kill before. */
  readonly moment: () => Promise<void>;
}

export interface KillableStore {
  readonly server: RunningServer;
  /** Where the job has its files, and how it reaches them. */
  readonly job: Pick<KilledJob, "uri" | "configuration">;
  /** The test's own way there. */
  readonly place: ResolvedFile;
  readonly kills: readonly StoreKill[];
}

/** A whole job at load on a store whose processes are killed, stay away for a while, and are started again on the same data. */
export function describeKilledStore(name: string, start: (folder: string) => Promise<KillableStore>): void {
  describe(`a job with input, output and checkpoints on ${name} that is killed under load`, () => {
    let folder: string;
    let store: KillableStore;

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), "millrace-"));
      store = await start(folder);
    });
    afterAll(async () => {
      await store?.server.stop();
      rmSync(folder, { recursive: true });
    });

    it("has the output of an undisturbed run, and leaves no file of a checkpoint behind", async () => {
      const { server, place, kills } = store;
      const job: KilledJob = {
        uri: store.job.uri,
        generated: RECORDS,
        parallelism: 2,
        configuration: {
          ...store.job.configuration,
          "restart-strategy.type": "fixed-delay",
          "restart-strategy.fixed-delay.attempts": "1000",
          "restart-strategy.fixed-delay.delay": "500 ms",
          "execution.checkpointing.tolerable-failed-checkpoints": "1000",
        },
      };
      const expected = await writeInput(place, job);
      const life = startLife(job);
      try {
        for (const { at, victims, moment } of kills) {
          const killed = async (): Promise<void> => {
            await nextCheckpoint(place);
            await moment();
            await Promise.all(victims.map((victim) => victim.kill()));
          };
          expect(await Promise.race([killed(), life.ended.then(tooEarly)]), at).toBeUndefined();
          await sleep(AWAY_MS);
          for (const victim of victims) victim.start();
          await server.ready();
        }
        const { exitCode, stderr } = await life.ended;

        expect(exitCode, stderr).toBe(0);
        expect(stderr).toMatch(/CHECKPOINT_FAILED|restarts in/);
        expect(differences(await outputOf(place), expected)).toEqual([]);
        const { fileSystem } = place;
        expect(await auditCheckpoints(fileSystem, checkpointsOf(place))).toEqual({
          complete: [],
          missing: [],
          orphans: [],
        });
      } finally {
        life.process.kill("SIGKILL");
      }
    });
  });
}

/** Resolves once the job has completed one more. */
async function nextCheckpoint(place: ResolvedFile): Promise<void> {
  const newest = async (): Promise<number> =>
    (await newestCheckpoint(place).catch(() => undefined)) ?? sleep(20).then(newest);
  for (const before = await newest(); (await newest()) <= before; ) await sleep(20);
}

function tooEarly({ exitCode, signal, stderr }: Ended): string {
  return `it ended with ${signal ?? exitCode} before the store was killed: ${stderr}`;
}
