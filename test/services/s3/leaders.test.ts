/** Processes that elect their leader by conditional writes on S3, with checkpoints and output there too; see test/high-availability. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { FolderLeaderLog } from "../../../src/checkpoint/leadership/folder-leader-log.ts";
import { seededRandom } from "../../../src/core/seeded-random.ts";
import { resolveUri } from "../../../src/filesystem/resolve.ts";
import {
  allFinish,
  HaProcess,
  type HaProgram,
  type LoggedLeader,
  leaderAtWork,
  pause,
  runFast,
  until,
} from "../../high-availability/processes.ts";
import { differences } from "../../recovery/kill-loop.ts";
import { S3Proxy } from "./s3-proxy.ts";
import { newUri, S3_SERVER } from "./s3-server.ts";

const RECORDS = 40_000;
const KILLS = Number(process.env["HA_KILLS"] ?? 20);
/** For how long the storage is away. */
const AWAY_MS = Number(process.env["HA_AWAY_MS"] ?? 30_000);

let proxy: S3Proxy;
let folder: string;
let uri: string;
const started: HaProcess[] = [];
beforeAll(async () => {
  proxy = await S3Proxy.start(S3_SERVER.endpoint);
});
afterAll(() => proxy.close());
beforeEach(() => {
  proxy.cut = () => undefined;
  folder = mkdtempSync(join(tmpdir(), "millrace-ha-"));
  uri = newUri();
});
afterEach(async () => {
  for (const one of started.splice(0)) {
    one.signal("SIGKILL");
    await one.exited;
  }
  rmSync(folder, { recursive: true });
});

function start(more: Partial<HaProgram> = {}): HaProcess {
  const one = new HaProcess({
    folder,
    records: RECORDS,
    ratePerSecond: 2_000,
    lease: "3 s",
    storage: { shared: uri, output: `${uri}/output` },
    configuration: {
      "s3.endpoint": proxy.endpoint,
      "s3.access-key": S3_SERVER.accessKey,
      "s3.secret-key": S3_SERVER.secretKey,
      "s3.path.style.access": "true",
    },
    ...more,
  });
  started.push(one);
  return one;
}

/** What the leader log says, read past the proxy. */
async function logged(): Promise<LoggedLeader | undefined> {
  const { fileSystem, path } = resolveUri(`${uri}/ha/default/counts`);
  const newest = await new FolderLeaderLog(fileSystem, path).newest();
  return newest?.record && { number: newest.number, ...newest.record };
}

/** All that readers of the output see: the number of lines per file. */
async function outputLines(): Promise<string[]> {
  const { fileSystem, path } = resolveUri(`${uri}/output`);
  const files = await fileSystem.list(path);
  const texts = await Promise.all(files.map(async (file) => Buffer.from(await fileSystem.read(file.path)).toString()));
  return texts.flatMap((text) => text.split("\n").slice(0, -1)).sort();
}

/** What the program puts out, whoever runs it. */
function expectedLines(): string[] {
  const counts = new Map<string, number>();
  return Array.from({ length: RECORDS }, (_, index) => {
    const key = `key-${(index * 31) % 97}`;
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    return JSON.stringify({ key, count, sum: count * key.length });
  }).sort();
}

describe("several processes that run one program with their leader log on S3", () => {
  it(`lose no record and write none twice when their leader is killed ${KILLS} times`, async () => {
    const random = seededRandom(11);
    const standing = [start(), start()];
    let last = 0;

    for (let kills = 0; kills < KILLS; kills++) {
      if (kills === KILLS - 1) runFast(folder);
      const { leader, epoch } = await leaderAtWork(logged, standing, last);
      last = epoch;
      await pause(random() * 100);
      leader.signal("SIGKILL");
      await leader.exited;
      standing.splice(standing.indexOf(leader), 1, start());
    }
    await allFinish(standing);

    expect(differences(await outputLines(), expectedLines())).toEqual([]);
  });

  it("are led by another one while the leader hangs; it notices, and commits nothing", async () => {
    const both = [start(), start()];
    const { leader: hung, epoch } = await leaderAtWork(logged, both);
    hung.signal("SIGSTOP");
    const next = await leaderAtWork(logged, both, epoch);
    runFast(folder);
    hung.signal("SIGCONT");
    await until("the one that hung has noticed", both, () => hung.hasLost(epoch));
    // The one that takes over is fast.
    next.leader.signal("SIGKILL");
    await next.leader.exited;
    await allFinish([hung]);

    expect(differences(await outputLines(), expectedLines())).toEqual([]);
  });

  it("have one leader when they start at once", async () => {
    runFast(folder);
    const all = [start({ lease: "20 s" }), start({ lease: "20 s" }), start({ lease: "20 s" })];

    await allFinish(all);

    expect(all.filter(({ log }) => log.includes("is led by this process"))).toHaveLength(1);
    expect(differences(await outputLines(), expectedLines())).toEqual([]);
  });

  it(`give up and lead again when their storage was away for ${AWAY_MS / 1000} s`, async () => {
    const both = [start(), start()];
    await leaderAtWork(logged, both);

    proxy.cut = () => "before";
    const { leader, epoch } = (await logged())!;
    const led = both.find(({ pid }) => pid === leader.pid)!;
    await until("the leader has given up", both, () => led.hasLost(epoch));
    const givenUp = await outputLines();
    await pause(AWAY_MS);
    expect(await outputLines()).toEqual(givenUp);
    expect((await logged())!.epoch).toBe(epoch);
    runFast(folder);
    proxy.cut = () => undefined;
    await allFinish(both);

    expect((await logged())!.epoch).toBeGreaterThan(epoch);
    expect(differences(await outputLines(), expectedLines())).toEqual([]);
  });
});
