/** What test/high-availability does in a second and a half, for as long as a storage may well be away. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { allFinish, HaProcess, outputLines, runFast } from "../../high-availability/processes.ts";
import { loseTheirStorage } from "../../high-availability/storage-away.ts";

/** For how long the storage is away. */
const AWAY_MS = Number(process.env["HA_AWAY_MS"] ?? 30_000);

let root: string;
const started: HaProcess[] = [];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "millrace-away-"));
});
afterEach(async () => {
  for (const one of started.splice(0)) {
    one.signal("SIGKILL");
    await one.exited;
  }
  rmSync(root, { recursive: true });
});

function start(name: string): HaProcess {
  const one = new HaProcess({ folder: join(root, name), records: 60_000, ratePerSecond: 3_000, lease: "3 s" });
  started.push(one);
  return one;
}

it(`processes of one job give up and lead again when their folder was away for ${AWAY_MS / 1000} s`, async () => {
  runFast(join(root, "undisturbed"));
  await allFinish([start("undisturbed")]);

  await loseTheirStorage([start("away"), start("away")], join(root, "away"), AWAY_MS);

  const undisturbed = outputLines(join(root, "undisturbed"));
  expect(undisturbed).toHaveLength(60_000);
  expect(outputLines(join(root, "away"))).toEqual(undisturbed);
});
