/** State in RocksDB, incremental checkpoints on S3, and kills that are aimed: a proxy between job and store knows what the job is doing. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { seededRandom } from "../../../src/core/seeded-random.ts";
import { resolveUri } from "../../../src/filesystem/resolve.ts";
import { differences } from "../../recovery/kill-loop.ts";
import { auditCheckpoints, type CheckpointAudit } from "../checkpoint-audit.ts";
import { checkpointsOf, type KilledJob, outputOf, startLife, writeInput } from "../killed-job.ts";
import { type Moment, S3Proxy, type S3Request } from "./s3-proxy.ts";
import { newUri, S3_SERVER } from "./s3-server.ts";

const KILLS = Number(process.env["S3_KILLS"] ?? 50);
const RECORDS = 30_000;
/** Enough for every number of subtasks to be changed to every other. */
const PARALLELISMS = [2, 2, 3, 1, 2, 1, 3];
/** In each life so many are completed before it is killed: the cleanup after the first is over then. */
const CHECKPOINTS_BEFORE_KILL = 2;

/** What a request has to be to be hit, and when. */
interface Aim {
  readonly at: string;
  readonly moment: Moment;
  readonly matches: (request: S3Request) => boolean;
}

const ofCheckpoints = ({ path }: S3Request): boolean => path.includes("/checkpoints/counts/");
const isPut = (request: S3Request): boolean => request.method === "PUT" && ofCheckpoints(request);
const isPointer = (request: S3Request): boolean => isPut(request) && request.path.endsWith("/latest");
const isMetadata = (request: S3Request): boolean => isPut(request) && request.path.endsWith("/_metadata");
const isUpload = (request: S3Request): boolean => isPut(request) && !isPointer(request) && !isMetadata(request);
const isRemoval = (request: S3Request): boolean =>
  (request.method === "DELETE" && ofCheckpoints(request)) ||
  (request.method === "POST" && request.query.startsWith("delete") && request.body.includes("/checkpoints/counts/"));

const AIMS: readonly Aim[] = (["before", "after"] as const).flatMap((moment) => [
  { at: "an upload", moment, matches: isUpload },
  { at: "the completion", moment, matches: isMetadata },
  { at: "the pointer", moment, matches: isPointer },
  { at: "the cleanup", moment, matches: isRemoval },
]);

let proxy: S3Proxy;
let local: string;
beforeAll(async () => {
  proxy = await S3Proxy.start(S3_SERVER.endpoint);
});
afterAll(() => proxy.close());
beforeEach(() => {
  local = mkdtempSync(join(tmpdir(), "millrace-"));
});
afterEach(() => rmSync(local, { recursive: true }));

describe("a job on RocksDB with incremental checkpoints and an exactly-once file sink on S3", () => {
  it(`has the output of an undisturbed run after ${KILLS} kills in the middle of upload, completion and cleanup`, async () => {
    const random = seededRandom(20_261_124);
    const hits = new Map<string, number>();
    let kills = 0;

    while (kills < KILLS) {
      const job = jobAt(newUri());
      const store = resolveUri(job.uri);
      const expected = await writeInput(store, job);
      let before: CheckpointAudit | undefined;
      for (let life = 0; ; life++) {
        const aim = kills < KILLS ? AIMS[kills % AIMS.length] : undefined;
        const parallelism = PARALLELISMS[life % PARALLELISMS.length]!;
        const ended = await live({ ...job, parallelism }, aim, Math.floor(random() * 3));
        const audit = await auditCheckpoints(store.fileSystem, checkpointsOf(store));
        expect(audit.missing).toEqual([]);
        if (ended === "by itself") {
          expect(audit).toEqual({ complete: [], missing: [], orphans: [] });
          break;
        }
        // Removing its checkpoints is the last thing a process does whose job has finished: this one was killed on its way out.
        if (audit.complete.length === 0) break;
        // What the life before has left is gone since this one's first checkpoint.
        expect(audit.orphans.filter((orphan) => before?.orphans.includes(orphan))).toEqual([]);
        before = audit;
        kills++;
        const hit = `${aim!.moment} ${aim!.at}${audit.orphans.length > 0 ? ", leaving orphans" : ""}`;
        hits.set(hit, (hits.get(hit) ?? 0) + 1);
      }
      expect(differences(await outputOf(store), expected)).toEqual([]);
    }

    for (const { at, moment } of AIMS) {
      const found = [...hits.keys()].filter((hit) => hit.startsWith(`${moment} ${at}`));
      expect(found.length, `${moment} ${at}`).toBeGreaterThan(0);
    }
    // Or nothing had to be cleaned up after.
    expect([...hits.keys()].filter((hit) => hit.endsWith("leaving orphans")).length).toBeGreaterThan(2);
  });
});

function jobAt(uri: string): KilledJob {
  return {
    uri,
    generated: RECORDS,
    parallelism: 1,
    configuration: {
      "s3.endpoint": proxy.endpoint,
      "s3.access-key": S3_SERVER.accessKey,
      "s3.secret-key": S3_SERVER.secretKey,
      "s3.path.style.access": "true",
      "state.backend.type": "rocksdb",
      "state.backend.rocksdb.localdir": local,
      "state.backend.rocksdb.memory.managed-size": "100 kb",
      "execution.checkpointing.incremental": "true",
      "execution.checkpointing.num-retained": "2",
    },
  };
}

/** One life, killed at the request after `skipped` others that `aim` matches; without aim, or where there is none, it ends by itself. */
async function live(job: KilledJob, aim: Aim | undefined, skipped: number): Promise<"killed" | "by itself"> {
  let completed = 0;
  let matched = 0;
  proxy.onDone = (request) => {
    if (isPointer(request)) completed++;
  };
  proxy.cut = (request) => {
    if (aim === undefined || completed < CHECKPOINTS_BEFORE_KILL || !aim.matches(request)) return undefined;
    return matched++ < skipped ? undefined : aim.moment;
  };
  const life = startLife(job);
  proxy.onCut = () => void life.process.kill("SIGKILL");
  const { exitCode, signal, stderr } = await life.ended;
  if (signal === "SIGKILL") return "killed";
  expect(exitCode, stderr).toBe(0);
  return "by itself";
}
