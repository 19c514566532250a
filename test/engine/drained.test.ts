import { AsyncDataStream, type DataStream, StreamExecutionEnvironment } from "millrace";
import { expect, it } from "vitest";
import { MemoryFileSystem } from "../../src/filesystem/memory-file-system.ts";
import { registerFileSystem } from "../../src/filesystem/resolve.ts";
import { planJob } from "../../src/graph/plan-job.ts";
import { describePlan } from "../../src/graph/plan-json.ts";
import { submitJob } from "../../src/runtime/job-execution.ts";
import { silentLog } from "../../src/runtime/job-log.ts";
import type { RunningJob } from "../../src/runtime/running-job.ts";
import { openSnapshot } from "../../src/snapshots/snapshot-reader.ts";
import { VirtualProcess } from "../../src/testing/virtual-process.ts";
import { ON_REQUEST_MS } from "../checkpoints-on-request.ts";

interface Outcome {
  readonly steps: number;
  readonly job: RunningJob;
  readonly seen: readonly number[];
  /** Where the savepoint lies, or why there is none. */
  readonly stopped: string | Error | undefined;
}

/** What happens to the numbers on their way to the sums. */
type Way = (numbers: DataStream<number>) => DataStream<number>;

/** The first answer for a number does not count, so that its call is under way for a while. */
function asking(numbers: DataStream<number>): DataStream<number> {
  const asked = new Set<number>();
  const isFirst = (n: number): boolean => asked.size < asked.add(n).size;
  const retry = { attempts: 1, delay: "300ms", ifResult: isFirst } as const;
  return AsyncDataStream.unorderedWait(numbers, async (n) => n, { timeout: "1m", capacity: 1, retry });
}

/** Runs a bounded job, and stops it after `stopAfter` pieces of work. */
async function run(way: Way, stopAfter: number, drain = true): Promise<Outcome> {
  const virtual = new VirtualProcess(1, 0, () => 0.5, new MemoryFileSystem());
  registerFileSystem("drained", () => virtual.fileSystem);
  const env = StreamExecutionEnvironment.getExecutionEnvironment({
    "execution.checkpointing.dir": "drained:///c",
    "execution.checkpointing.savepoint-dir": "drained:///s",
    "restart-strategy.type": "fixed-delay",
    "restart-strategy.fixed-delay.attempts": "1",
  });
  env.enableCheckpointing(ON_REQUEST_MS);
  const seen = way(env.fromSequence(1, 6).setParallelism(2))
    .keyBy((n) => n % 2)
    .reduce((a, b) => a + b)
    .setParallelism(2)
    .collect();
  const settings = env.getJobSettings();
  const jobGraph = planJob(env.getStreamGraph("drained"), settings);
  const { host, table } = virtual;
  const plan = describePlan(jobGraph);
  const job = await submitJob({
    jobGraph,
    plan,
    settings,
    jobIndex: 0,
    host,
    processes: table,
    log: silentLog,
    heedsSignals: false,
  });
  let stopped: string | Error | undefined;
  let steps = 0;
  for (let idle = 0; idle < 5; ) {
    if (steps === stopAfter && stopped === undefined) {
      stopped = new Error("not answered");
      job.stop({ drain }).then(
        (savepoint) => {
          stopped = savepoint;
        },
        (error: Error) => {
          stopped = error;
        },
      );
    }
    if (await virtual.runNext()) {
      steps++;
      idle = 0;
    } else {
      idle++;
      virtual.clock.advance(100);
    }
  }
  return { steps, job, seen: seen.values(), stopped };
}

it.each<[string, Way]>([
  ["a job", (numbers) => numbers],
  ["a job with calls under way", asking],
])(
  "%s that is drained ends and is not restarted, at whatever moment of its own end that is asked for",
  async (_, way) => {
    const undisturbed = await run(way, -1);
    const refusals: string[] = [];

    for (let moment = 0; moment < undisturbed.steps; moment++) {
      const { job, seen, stopped } = await run(way, moment);

      const at = `asked for at ${moment}: ${stopped}`;
      expect([at, job.status(), job.restarts()]).toEqual([at, "FINISHED", 0]);
      expect(undisturbed.seen).toEqual(expect.arrayContaining([...seen]));
      if (typeof stopped !== "string") refusals.push(String(stopped));
    }

    // Only when its last checkpoint is there already, by which its tasks finish.
    expect(refusals.length).toBeLessThan(undisturbed.steps / 3);
    for (const refusal of refusals) expect(refusal).toContain("it finished before the barrier reached it");
  },
);

it("a job with calls under way that is stopped with a savepoint ends without their results, at whatever moment that is asked for", async () => {
  const undisturbed = await run(asking, -1, false);
  let early = 0;

  for (let moment = 0; moment < undisturbed.steps; moment++) {
    const { job, seen, stopped } = await run(asking, moment, false);

    const at = `asked for at ${moment}: ${stopped}`;
    expect([at, job.status(), job.restarts()]).toEqual([at, "FINISHED", 0]);
    expect(undisturbed.seen).toEqual(expect.arrayContaining([...seen]));
    if (typeof stopped === "string" && seen.length < undisturbed.seen.length) early++;
  }

  expect(early).toBeGreaterThan(5);
});

it("what is in the savepoint of a stop is not put out as well", async () => {
  let put: number[] = [];
  /** An answer takes a few turns of the loop, beside which the job goes on. */
  const answer = async (n: number): Promise<number> => {
    for (let turns = 0; turns < 12; turns++) await new Promise((resolve) => setImmediate(resolve));
    return n;
  };
  const way: Way = (numbers) =>
    AsyncDataStream.unorderedWait(numbers, answer, { timeout: "1m" }).map((n) => {
      put.push(n);
      return n;
    });
  const { steps } = await run(way, -1, false);
  let held = 0;

  for (let moment = 0; moment < steps; moment++) {
    put = [];
    const { stopped } = await run(way, moment, false);
    if (typeof stopped !== "string") continue;
    const snapshot = await openSnapshot(stopped);
    const states = snapshot.operators.flatMap(({ operatorStates }) => operatorStates);
    const saved = states.find(({ name }) => name === "async-records");
    const values = [...(saved?.items() ?? [])].map(({ value }) => (value as { value: number }).value);
    expect(values.filter((value) => put.includes(value))).toEqual([]);
    held += values.length;
  }

  expect(held).toBeGreaterThan(0);
});
