import { describe, expect, it } from "vitest";
import type { StreamExecutionEnvironment } from "../api/stream-execution-environment.ts";
import { WatermarkStrategy } from "../operators/watermark-strategy.ts";
import { TumblingEventTimeWindows } from "../operators/windows/tumbling-windows.ts";
import { valueState } from "../state/descriptors.ts";
import { advance, checkpoint, crash, rescale, upgrade } from "./script.ts";
import { simulate } from "./simulate.ts";
import { TestSink } from "./test-sink.ts";
import { TestSource } from "./test-source.ts";

interface Click {
  readonly user: string;
  readonly at: number;
}

const clicks = new TestSource<Click>({ splits: 2 });
const counts = new TestSink<{ readonly user: string; readonly clicks: number }>();
const strategy = WatermarkStrategy.forBoundedOutOfOrderness<Click>("5s")
  .withTimestamps(({ at }) => at)
  .withIdleness("1m");

const states = { total: valueState({ initial: 0 }) };

/** Counts clicks per user and minute, and in all. */
function job(env: StreamExecutionEnvironment): void {
  env
    .fromSource(clicks, strategy, "clicks")
    .keyBy("user")
    .process<{ user: string; clicks: number; at: number }, typeof states>({
      state: states,
      processElement({ user, at }, { state, timers }, out) {
        state.total.update(state.total.value() + 1);
        timers.registerProcessingTimeTimer(timers.currentProcessingTime() + 3_600_000);
        out.collect({ user, clicks: 1, at });
      },
    })
    .uid("total")
    .keyBy("user")
    .window(TumblingEventTimeWindows.of("1m"))
    .reduce((a, b) => ({ user: a.user, clicks: a.clicks + b.clicks, at: a.at }))
    .uid("per-minute")
    .map(({ user, clicks: count }) => ({ user, clicks: count }))
    .sinkTo(counts)
    .uid("counts");
}

const SECOND = 1_000;
const at = (seconds: number, user = "ann"): Click => ({ user, at: seconds * SECOND });

describe("a simulated job", () => {
  it("fires a window when the watermark has passed it, and not before", async () => {
    const run = await simulate(job, [clicks.emit(at(1), at(59), at(64)), clicks.split(1).emit(at(64))]);
    expect(counts.uncommitted).toEqual([]);

    await run.play([clicks.emit(at(66)), clicks.split(1).emit(at(66))]);
    expect(counts.uncommitted).toEqual([{ user: "ann", clicks: 2 }]);
  });

  it("lets a silent split hold the watermark back until it is idle", async () => {
    const run = await simulate(job, [clicks.emit(at(1), at(70)), advance("59s")]);
    expect(counts.uncommitted).toEqual([]);

    await run.play([clicks.emit(at(71)), advance("2s")]);
    expect(counts.uncommitted).toEqual([{ user: "ann", clicks: 1 }]);
  });

  it("takes watermarks and idleness from the script", async () => {
    const run = await simulate(job, [clicks.emit(at(1)), clicks.watermark("1970-01-01T00:00:59.998Z")]);
    expect(counts.uncommitted).toEqual([]);

    await run.play([clicks.split(1).idle(), clicks.split(0).watermark(60_000)]);
    expect(counts.uncommitted).toEqual([{ user: "ann", clicks: 1 }]);
  });

  it("commits at a checkpoint, and a crash takes away what was not committed, to write it again", async () => {
    const run = await simulate(job, [clicks.emit(at(1)), checkpoint(), clicks.watermark(60_000)]);
    const written = counts.uncommitted;
    await run.play([crash()]);
    // The crash took it, and the job has read the watermark once more.
    expect(counts.uncommitted).toEqual(written);
    expect(run.restoredFrom).toMatch(/chk-1$/);

    await run.play([checkpoint()]);
    expect(counts.committed).toEqual([{ user: "ann", clicks: 1 }]);
    expect(run.lives).toBe(2);
  });

  it("shows state by key, and timers by time", async () => {
    const run = await simulate(job, [clicks.emit(at(1), at(2), at(2, "bob"))]);

    expect(await run.state("total", "total")).toEqual(
      new Map([
        ["ann", 2],
        ["bob", 1],
      ]),
    );
    const timers = await run.timers<string>("total");
    expect(timers.map(({ key, domain }) => `${key} ${domain}`).sort()).toEqual([
      "ann processing time",
      "bob processing time",
    ]);
    expect(timers[0]!.timestampMs).toBe(Date.UTC(2026, 0, 1, 1));
    await run.play([advance("1h")]);
    expect(await run.timers("total")).toEqual([]);
  });

  it("goes on at another parallelism, and with another program", async () => {
    const twice = (env: StreamExecutionEnvironment): void => job(Object.assign(env, {}));
    const run = await simulate(job, [clicks.emit(at(1), at(2, "bob")), rescale(3), clicks.emit(at(3)), upgrade(twice)]);

    expect(await run.state("total", "total")).toEqual(
      new Map([
        ["ann", 2],
        ["bob", 1],
      ]),
    );
    await run.play([clicks.end()]);
    expect(run.status).toBe("FINISHED");
    expect(counts.committed.toSorted((a, b) => b.clicks - a.clicks)).toEqual([
      { user: "ann", clicks: 2 },
      { user: "bob", clicks: 1 },
    ]);
  });

  it("counts late records", async () => {
    const run = await simulate(job, [clicks.emit(at(1)), clicks.watermark(120_000), clicks.emit(at(2))]);

    expect(await run.counter("per-minute", "numLateRecordsDropped")).toBe(1);
  });

  it("throws what a function throws", async () => {
    const broken = (env: StreamExecutionEnvironment): void => {
      env
        .fromSource(clicks, strategy, "clicks")
        .map((): never => {
          throw new Error("no clicks today");
        })
        .sinkTo(counts);
    };

    await expect(simulate(broken, [clicks.emit(at(1))])).rejects.toThrow(/no clicks today/);
  });

  it("takes a program that executes itself", async () => {
    const main = async (env: StreamExecutionEnvironment): Promise<void> => {
      job(env);
      await env.execute("clicks");
    };
    await simulate(main, [clicks.emit(at(1)), clicks.end()]);

    expect(counts.committed).toEqual([{ user: "ann", clicks: 1 }]);
  });

  it("refuses a job that a test could neither feed nor read", async () => {
    await expect(simulate((env) => void env.fromCollection([1]).print())).rejects.toThrow(/no TestSource/);
  });
});
