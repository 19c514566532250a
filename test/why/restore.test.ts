import { mapState, StreamExecutionEnvironment, type ValueState, valueState, WatermarkStrategy } from "millrace";
import { DataGeneratorSource } from "millrace/connectors/generator";
import { startRestServer } from "millrace/server";
import { describe, expect, it, vi } from "vitest";
import { ON_REQUEST_MS } from "../checkpoints-on-request.ts";
import { quietTests } from "../quiet-tests.ts";
import { RefusingSink } from "./refusing-sink.ts";

/** Remembers something of each user. */
interface Visits {
  readonly uid?: string;
  readonly initial?: unknown;
  readonly isMap?: boolean;
  readonly maxParallelism?: number;
}

describe("a changed program that cannot go on with its state says why, and what to write", () => {
  const quiet = quietTests();

  it.each([
    {
      change: "an operator has another uid (pain 2)",
      to: { uid: "visitors" },
      sentence:
        'savepoint 1 of job "visits" holds state of "visitors" (uid "count"), which this program no longer has.',
      advice: 'If it is now called "visitors", give that one .uid("count").',
    },
    {
      change: "an operator has another number of key groups (pain 2)",
      to: { maxParallelism: 64 },
      sentence:
        'savepoint 1 of job "visits" holds state of "visitors" in 128 key groups, but the program sets its max parallelism to 64.',
      advice: "Set it to 128, or leave it out",
    },
    {
      change: "a state has another type (pain 3)",
      to: { initial: "none" },
      sentence:
        'operator "visitors" (1/1) failed in open: state "seen" of operator "visitors" holds values that the program does not expect: value: was number, is string.',
      advice: "Give it a function `migrate(old)` that makes a value of today's type from an old one",
    },
    {
      change: "a state is of another kind (pain 3)",
      to: { isMap: true },
      sentence:
        'operator "visitors" (1/1) failed in open: state "seen" of operator "visitors" is value state in the snapshot and map state in the program.',
      advice: "Declare it as value state again, or give the new state another name",
    },
  ])("where $change", async ({ to, sentence, advice }) => {
    const savepoint = await savepointOf(await start({}), quiet.folder);

    const changed = await start(to, savepoint);
    await expect(changed.result()).rejects.toThrow(advice);

    const [finding, ...others] = (await changed.why()).filter(({ severity }) => severity !== "info");
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ kind: "restore", severity: "error" });
    expect(finding?.sentence).toBe(`the job could not go on from ${savepoint}: ${sentence}`);
    expect(finding?.advice).toContain(advice);
    expect(finding?.advice).toContain(`millrace check-upgrade <program> --from ${savepoint}`);
    const { stacktrace } = await exceptionOf(changed);
    expect(stacktrace).toContain(sentence);
    expect(stacktrace).toContain(advice);
  });
});

type Started = Awaited<ReturnType<StreamExecutionEnvironment["executeAsync"]>>;

async function start({ uid = "count", initial = 0, isMap = false, maxParallelism }: Visits, from?: string) {
  const env = StreamExecutionEnvironment.getExecutionEnvironment();
  env.enableCheckpointing(ON_REQUEST_MS);
  if (from !== undefined) env.configure({ "execution.state-recovery.path": from });
  const source = new DataGeneratorSource({
    ratePerSecond: 1_000,
    generate: (index) => ({ user: `user ${index % 10}` }),
  });
  const state = { seen: isMap ? mapState<string, number>() : valueState({ initial }) };
  const counted = env
    .fromSource(source, WatermarkStrategy.noWatermarks<{ user: string }>(), "clicks")
    .uid("clicks")
    .keyBy("user")
    .process<never, typeof state>({
      state,
      processElement: (_click, context) => (context.state.seen as unknown as ValueState<unknown>).update(initial),
    })
    .name("visitors")
    .uid(uid);
  if (maxParallelism !== undefined) counted.setMaxParallelism(maxParallelism);
  counted.sinkTo(new RefusingSink("at least once")).uid("shop");
  return env.executeAsync("visits");
}

/** Stops the job once it has state. */
async function savepointOf(job: Started, folder: string): Promise<string> {
  await vi.waitFor(async () => {
    await job.freshMetrics();
    const [counted] = job.taskMetrics().filter(({ taskName }) => taskName.startsWith("visitors"));
    expect(counted?.metrics["numRecordsIn"]).toBeGreaterThan(0);
  }, 120_000);
  return job.stop({ directory: folder });
}

async function exceptionOf(job: Started): Promise<{ readonly stacktrace: string }> {
  const server = await startRestServer({ port: 0 });
  try {
    server.add(job as unknown as Parameters<typeof server.add>[0]);
    const answer = await fetch(`${server.url}/jobs/${job.jobId}/exceptions`);
    return ((await answer.json()) as any).exceptionHistory.entries[0];
  } finally {
    await server.close();
  }
}
