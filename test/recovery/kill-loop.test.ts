import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { differences, type KillLoopReport, killLoop, undisturbed } from "./kill-loop.ts";

const KILLS = 50;
const job = { program: "counts.program.mjs", seed: 20_261_122, records: 36_000, ratePerSecond: 6_000 };

describe("a process that is killed with SIGKILL again and again", () => {
  let folder: string;
  let expected: readonly string[];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "millrace-"));
    expected = await undisturbed({
      ...job,
      folder: join(folder, "undisturbed"),
      ratePerSecond: 1e9,
      parallelisms: [2],
    });
    expect(expected.length).toBeGreaterThan(job.records);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it(`leaves the output of an undisturbed run after ${KILLS} kills`, async () => {
    const reports: KillLoopReport[] = [];
    let kills = 0;

    for (let run = 0; kills < KILLS; run++) {
      const report = await killLoop({
        ...job,
        folder: join(folder, `run-${run}`),
        parallelisms: [2],
        killsMax: KILLS - kills,
      });
      expect(differences(report.output, expected)).toEqual([]);
      expect(report.kills).toBeGreaterThan(0);
      reports.push(report);
      kills += report.kills;
    }

    expect(kills).toBe(KILLS);
    expect(sum(reports, "restores")).toBeGreaterThan(KILLS / 2);
    expect(sum(reports, "killsWithinCheckpoint")).toBeGreaterThan(0);
    expect(sum(reports, "killsWithOutputPending")).toBeGreaterThan(0);
  });

  it("goes on with 3 subtasks, and then with 1, where 2 have been killed", async () => {
    const report = await killLoop({
      ...job,
      folder: join(folder, "rescaled"),
      parallelisms: [2, 3, 1, 2, 3, 1],
      killsMax: 6,
    });

    expect(report.kills).toBe(6);
    expect(report.restores).toBeGreaterThanOrEqual(3);
    expect(differences(report.output, expected)).toEqual([]);
  });

  it("loses nothing and writes nothing twice with unaligned checkpoints, at 2, 3 and 1 subtasks in turn", async () => {
    const report = await killLoop({
      ...job,
      folder: join(folder, "unaligned"),
      parallelisms: [2, 3, 1],
      configuration: { "execution.checkpointing.unaligned.enabled": "true" },
      killsMax: 3,
    });

    expect(report.restores).toBeGreaterThan(0);
    expect(differences(report.output, expected)).toEqual([]);
  });
});

function sum(
  reports: readonly KillLoopReport[],
  name: "restores" | "killsWithinCheckpoint" | "killsWithOutputPending",
): number {
  return reports.reduce((total, report) => total + report[name], 0);
}
