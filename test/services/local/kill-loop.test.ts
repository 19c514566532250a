import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LocalFileSystem } from "../../../src/filesystem/local-file-system.ts";
import { differences, killLoop, undisturbed } from "../../recovery/kill-loop.ts";
import { auditCheckpoints, type CheckpointAudit } from "../checkpoint-audit.ts";

const KILLS = 10;
const job = { program: "counts.program.mjs", seed: 20_261_123, records: 24_000, ratePerSecond: 6_000 };

describe("a process with state in RocksDB that is killed with SIGKILL again and again", () => {
  let folder: string;
  let expected: readonly string[];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "millrace-"));
    const calm = { ...job, folder: join(folder, "undisturbed"), ratePerSecond: 1e9, parallelisms: [2] };
    expected = await undisturbed(calm);
    expect(expected.length).toBeGreaterThan(job.records);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it(`leaves the output of an undisturbed run on the heap after ${KILLS} kills, misses no file after any of them, and leaves none behind`, async () => {
    let kills = 0;
    let restores = 0;
    for (let life = 0; kills < KILLS; life++) {
      const run = join(folder, `run-${life}`);
      const report = await killLoop({
        ...job,
        folder: run,
        parallelisms: [2, 2, 2, 3, 1, 2],
        configuration: {
          "state.backend.type": "rocksdb",
          "execution.checkpointing.incremental": "true",
          "state.backend.rocksdb.localdir": join(run, "local"),
          "state.backend.rocksdb.memory.managed-size": "100 kb",
          "execution.checkpointing.externalized-checkpoint-retention": "RETAIN_ON_CANCELLATION",
        },
        killsMax: KILLS - kills,
        afterKill: async () => expect((await audit(run)).missing).toEqual([]),
      });
      expect(report.kills).toBeGreaterThan(0);
      expect(differences(report.output, expected)).toEqual([]);
      expect((await audit(run)).orphans).toEqual([]);
      expect(readdirSync(join(run, "local", "millrace-rocksdb"))).toEqual([]);
      kills += report.kills;
      restores += report.restores;
    }
    expect(restores).toBeGreaterThan(KILLS / 3);
  });
});

function audit(run: string): Promise<CheckpointAudit> {
  return auditCheckpoints(new LocalFileSystem(), join(run, "checkpoints", "counts"));
}
