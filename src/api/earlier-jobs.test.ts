import { describe, expect, it } from "vitest";
import { CollectedStream } from "./collected-stream.ts";
import { earlierJob, rememberOutcome } from "./earlier-jobs.ts";
import type { JobClient } from "./job-client.ts";

const RESULT = { jobId: "f00", jobName: "one", durationMs: 5, restarts: 1, restoredFrom: undefined, counters: {} };

/** Indices of their own: the other jobs of this process count from 0. */
let jobIndex = 1_000_000;

/** Of a job, only how it ends is remembered. */
function jobThat(result: Promise<typeof RESULT>): JobClient {
  return { result: () => result } as JobClient;
}

function streamOf<T>(...values: T[]): CollectedStream<T> {
  const stream = new CollectedStream<T>();
  stream.receive(values);
  return stream;
}

/** Lets the outcome be remembered. */
async function remembered(job: JobClient, collected: readonly CollectedStream<any>[]): Promise<number> {
  rememberOutcome(++jobIndex, job, collected);
  await job.result().catch(() => {});
  return jobIndex;
}

describe("an earlier job, in the worker of a later one", () => {
  it("has the result that it had, and its streams what they had collected", async () => {
    const index = await remembered(jobThat(Promise.resolve(RESULT)), [streamOf(1, 2), streamOf({ a: new Date(0) })]);
    const here = [new CollectedStream<unknown>(), new CollectedStream<unknown>()];

    const job = earlierJob(index, "one", here);

    expect(await job.result()).toEqual(RESULT);
    expect(job.status()).toBe("FINISHED");
    expect(here.map((stream) => stream.values())).toEqual([[1, 2], [{ a: new Date(0) }]]);
  });

  it("fails as it did", async () => {
    const index = await remembered(jobThat(Promise.reject(new Error("no such number"))), []);

    const job = earlierJob(index, "one", []);

    expect(job.status()).toBe("FAILED");
    await expect(job.result()).rejects.toThrow("no such number");
  });

  it("has no result while it is running", async () => {
    const job = earlierJob(++jobIndex, "one", []);
    const turn = new Promise((resolve) => setImmediate(resolve, "nothing yet"));

    expect(job.status()).toBe("RUNNING");
    expect(await Promise.race([job.result(), turn])).toBe("nothing yet");
  });

  it.each([
    ["cannot be copied", streamOf(() => 1)],
    ["are too many", streamOf(...Array.from({ length: 10_001 }, (_, n) => n))],
    ["are too large", streamOf("x".repeat(17 * 1024 * 1024))],
  ])("says that values are not to be had, instead of giving none, where they %s", async (_why, collected) => {
    const index = await remembered(jobThat(Promise.resolve(RESULT)), [collected]);
    const here = new CollectedStream<unknown>();

    const job = earlierJob(index, "one", [here]);

    expect(await job.result()).toEqual(RESULT);
    expect(() => here.values()).toThrow(/PROGRAM_NOT_LOADABLE: what job "one" collected/);
  });
});
