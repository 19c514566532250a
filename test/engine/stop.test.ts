import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type JobClient,
  StreamExecutionEnvironment,
  TumblingEventTimeWindows,
  valueState,
  WatermarkStrategy,
} from "millrace";
import { FileSink } from "millrace/connectors/files";
import { DataGeneratorSource } from "millrace/connectors/generator";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "millrace-stop-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const lines = (): Record<string, number>[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith(".jsonl") && !name.startsWith("."))
    .flatMap((name) => readFileSync(join(folder, name), "utf8").trim().split("\n"))
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));

interface Tick {
  readonly index: number;
  readonly at: number;
}

function start(options: { parallelism: number; count: number; from?: string; windows?: boolean }): Promise<JobClient> {
  const env = StreamExecutionEnvironment.getExecutionEnvironment({
    "millrace.host": "in-process",
    ...(options.from === undefined ? {} : { "execution.state-recovery.path": options.from }),
  });
  env.setParallelism(options.parallelism);
  env.enableCheckpointing(10);
  const ticks = env
    .fromSource(
      new DataGeneratorSource<Tick>({
        count: options.count,
        ratePerSecond: 20_000,
        generate: (index) => ({ index, at: index * 10 }),
      }),
      WatermarkStrategy.forMonotonousTimestamps<Tick>().withTimestamps(({ at }) => at),
      "ticks",
    )
    .uid("ticks")
    .keyBy(({ index }) => index % 7);
  if (options.windows) {
    ticks
      .window(TumblingEventTimeWindows.of("1h"))
      .aggregate(
        { createAccumulator: () => 0, add: (_tick, count) => count + 1, getResult: (count) => count },
        (count, { key }) => ({ key, count }),
      )
      .sinkTo(FileSink.jsonLines(folder, { rolling: { onCheckpoint: true } }));
  } else {
    ticks
      .process({
        state: { seen: valueState({ initial: 0 }) },
        processElement({ index }, { state }, out: { collect(value: { index: number; seen: number }): void }) {
          state.seen.update(state.seen.value() + 1);
          out.collect({ index, seen: state.seen.value() });
        },
      })
      .uid("counts")
      .sinkTo(FileSink.jsonLines(folder, { rolling: { onCheckpoint: true } }))
      .uid("out");
  }
  return env.executeAsync("stopped");
}

describe("stopping with a savepoint", () => {
  it("commits everything up to it and nothing after it, so that a job at another parallelism goes on exactly once", async () => {
    const first = await start({ parallelism: 2, count: 20_000 });
    await first.triggerCheckpoint();
    const savepoint = await first.stop({ directory: join(folder, "savepoints") });
    await first.result();
    const before = lines().length;

    await (await start({ parallelism: 3, count: 20_000, from: savepoint })).result();

    expect(first.status()).toBe("FINISHED");
    expect(before).toBeGreaterThan(0);
    expect(before).toBeLessThan(20_000);
    const all = lines();
    expect(all).toHaveLength(20_000);
    expect(new Set(all.map(({ index }) => index)).size).toBe(20_000);
    for (let key = 0; key < 7; key++) {
      const rows = all.filter(({ index }) => index! % 7 === key);
      expect(Math.max(...rows.map(({ seen }) => seen!))).toBe(rows.length);
    }
  });

  it("fires all windows when drained", async () => {
    const job = await start({ parallelism: 2, count: 1_000_000, windows: true });
    await job.triggerCheckpoint();
    await job.stop({ directory: join(folder, "savepoints"), drain: true });
    const result = await job.result();
    const counted = lines().reduce((sum, { count }) => sum + count!, 0);
    expect(lines()).not.toHaveLength(0);
    expect(counted).toBe(result.counters["Source: ticks"]!["numRecordsOut"]);
  });

  it("leaves the job running when the savepoint fails", async () => {
    const job = await start({ parallelism: 1, count: 20_000 });
    await job.triggerCheckpoint();
    const blocked = join(folder, "a-file");
    writeFileSync(blocked, "");
    const failure = await job.stop({ directory: join(blocked, "savepoints") }).catch((error: unknown) => error);
    expect(String(failure)).toContain(blocked);
    await job.result();
    expect(new Set(lines().map(({ index }) => index)).size).toBe(20_000);
    expect(lines()).toHaveLength(20_000);
  });
});
