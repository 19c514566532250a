import { renameSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import {
  allFinish,
  type HaProcess,
  leaderAtWork,
  loggedLeader,
  pause,
  runFast,
  until,
  visibleFiles,
} from "./processes.ts";

/** Takes the folder that `processes` share away from them, looks that nothing is put out while it is, and lets them end with it. */
export async function loseTheirStorage(processes: readonly HaProcess[], folder: string, awayMs: number): Promise<void> {
  const [shared, elsewhere] = [join(folder, "shared"), join(folder, "elsewhere")];
  await leaderAtWork(() => loggedLeader(folder), processes);

  renameSync(shared, elsewhere);
  // So that nobody begins anew in its place.
  writeFileSync(shared, "");
  const { leader, epoch } = loggedLeader(folder, "elsewhere")!;
  const led = processes.find(({ pid }) => pid === leader.pid)!;
  await until("the leader has given up", processes, () => led.hasLost(epoch));
  const givenUp = visibleFiles(folder);
  await pause(awayMs);
  expect(visibleFiles(folder)).toEqual(givenUp);
  expect(loggedLeader(folder, "elsewhere")!.epoch).toBe(epoch);

  runFast(folder);
  unlinkSync(shared);
  renameSync(elsewhere, shared);
  await allFinish(processes);
  expect(loggedLeader(folder)!.epoch).toBeGreaterThan(epoch);
}
