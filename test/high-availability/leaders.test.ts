/** Leaders that die, hang and lose their storage, as processes of their own; see the README beside it. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { seededRandom } from "../../src/core/seeded-random.ts";
import {
  allFinish,
  HaProcess,
  type HaProgram,
  leaderAtWork,
  loggedLeader,
  outputLines,
  pause,
  runFast,
  until,
  visibleFiles,
} from "./processes.ts";
import { loseTheirStorage } from "./storage-away.ts";

const RECORDS = 60_000;
const KILLS = Number(process.env["HA_KILLS"] ?? 20);

/** What the undisturbed run takes where nothing else runs. */
const UNDISTURBED_MS = 1_000;

const root = mkdtempSync(join(tmpdir(), "millrace-ha-"));
let folders = 0;
const started: HaProcess[] = [];
let undisturbed: readonly string[] = [];
/** How much longer it takes now; leases grow with it. On a machine that is so busy that nobody renews one in time, nobody ever gets on. */
let slowness = 1;

afterAll(async () => {
  for (const one of started) one.signal("SIGKILL");
  await Promise.all(started.map((one) => one.exited));
  rmSync(root, { recursive: true, force: true });
});

function program(leaseMs: number, more: Partial<HaProgram> = {}): HaProgram {
  const lease = `${Math.round(leaseMs * slowness)} ms`;
  return { folder: join(root, String(folders++)), records: RECORDS, ratePerSecond: 3_000, lease, ...more };
}

function start(of: HaProgram): HaProcess {
  const one = new HaProcess(of);
  started.push(one);
  return one;
}

beforeAll(async () => {
  const alone = program(60_000);
  runFast(alone.folder);
  const startMs = performance.now();
  await allFinish([start(alone)]);
  slowness = Math.max(1, (performance.now() - startMs) / UNDISTURBED_MS);
  undisturbed = outputLines(alone.folder);
  expect(undisturbed).toHaveLength(RECORDS);
});

// At once: most of what they do is wait. Leases run in real time, and a machine that stands still for longer than one changes the leader in
// the middle of anything: each step asks who led when it mattered.
describe.concurrent("several processes that run one program", () => {
  it(`lose no record and write none twice when their leader is killed ${KILLS} times`, async () => {
    const job = program(1_000);
    const random = seededRandom(7);
    const standing = [start(job), start(job)];
    let last = 0;

    for (let kills = 0; kills < KILLS; kills++) {
      if (kills === KILLS - 1) runFast(job.folder);
      const { leader, epoch } = await leaderAtWork(() => loggedLeader(job.folder), standing, last);
      last = epoch;
      await pause(random() * 100);
      leader.signal("SIGKILL");
      await leader.exited;
      standing.splice(standing.indexOf(leader), 1, start(job));
    }
    await allFinish(standing);

    expect(outputLines(job.folder)).toEqual(undisturbed);
  });

  it("are one too many while a leader that hung wakes up: it notices, stops itself and commits nothing", async () => {
    const job = program(2_000);
    const both = [start(job), start(job)];
    let last = 0;

    for (let round = 0, seen = 0; seen < 2; round++) {
      expect(round).toBeLessThan(6);
      const { leader: hung, epoch } = await leaderAtWork(() => loggedLeader(job.folder), both, last);
      hung.signal("SIGSTOP");
      const next = await until("the other one leads", both, () => {
        const found = loggedLeader(job.folder);
        return found !== undefined && found.epoch > epoch && found;
      });
      const other = both.find((one) => one.pid === next.leader.pid)!;
      // What becomes visible from now on is the work of the one that hung.
      other.signal("SIGSTOP");
      await pause(50);
      const before = visibleFiles(job.folder);
      hung.signal("SIGCONT");
      await until("the one that hung has noticed", both, () => hung.hasLost(epoch));
      await pause(200);
      const after = visibleFiles(job.folder);
      const leadsAgain = loggedLeader(job.folder)?.epoch !== next.epoch;
      other.signal("SIGCONT");
      last = next.epoch - 1;

      // That took so long that it may lead again. Or it was stopped in the middle of a commit, which it ends when it wakes up: it belongs to
      // a checkpoint that the next one has started from.
      if (!leadsAgain && String(after) === String(before)) seen++;
    }
    await allFinish(both);

    expect(outputLines(job.folder)).toEqual(undisturbed);
  });

  it("have one leader when they start at once, whatever their clocks say", async () => {
    const job = program(20_000, { ratePerSecond: RECORDS / 4 });
    const clocks = ["jumping", "behind", "back"] as const;
    const all = [start(job), ...clocks.map((clock) => start({ ...job, clock }))];

    await leaderAtWork(() => loggedLeader(job.folder), all);
    await until("the others stand by", all, () => all.filter(({ log }) => log.includes("stands by")).length === 3);
    await allFinish(all);

    expect(all.filter(({ log }) => log.includes("is led by this process"))).toHaveLength(1);
    expect(all.map(({ log }) => log).join()).not.toContain("no longer leads");
    expect(loggedLeader(job.folder)).toMatchObject({ epoch: 1, state: "ended" });
    expect(outputLines(job.folder)).toEqual(undisturbed);
  });

  it("lose no record and write none twice while the leader's clock is set ahead or back by hours", async () => {
    for (const clock of ["jumping", "back"] as const) {
      const job = program(2_000, { clock, ratePerSecond: RECORDS / 4 });
      await allFinish([start(job)]);
      expect(outputLines(job.folder)).toEqual(undisturbed);
    }
  });

  // In test/services/local it is away for 30 s.
  it("give up and lead again when their storage was away", async () => {
    const job = program(1_000);

    await loseTheirStorage([start(job), start(job)], job.folder, 1_500);

    expect(outputLines(job.folder)).toEqual(undisturbed);
  });
});
