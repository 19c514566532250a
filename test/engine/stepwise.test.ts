import {
  StreamExecutionEnvironment,
  TumblingEventTimeWindows,
  TumblingProcessingTimeWindows,
  WatermarkStrategy,
} from "millrace";
import { DataGeneratorSource } from "millrace/connectors/generator";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ManualClock } from "../../src/core/manual-clock.ts";
import { InProcessHost } from "../../src/runtime/host/in-process-host.ts";
import { silentLog } from "../../src/runtime/job-log.ts";
import { type Launch, launched, setLaunch } from "../../src/runtime/launch.ts";
import { HeldScheduler } from "./held-scheduler.ts";

describe("a job under a clock and a scheduler that we hold", () => {
  let before: Launch | undefined;
  let clock: ManualClock;
  let scheduler: HeldScheduler;

  beforeEach(() => {
    before = launched();
    clock = new ManualClock(0);
    scheduler = new HeldScheduler();
    setLaunch({ configuration: {}, log: silentLog, host: new InProcessHost({ clock, scheduler, random: () => 0.5 }) });
  });
  afterEach(() => setLaunch(before ?? { configuration: {} }));

  it("does nothing until it is stepped, and nothing between two moments", async () => {
    const env = StreamExecutionEnvironment.getExecutionEnvironment();
    const seen = env
      .fromSource(
        new DataGeneratorSource({ count: 6, ratePerSecond: 1, generate: (index) => index }),
        WatermarkStrategy.noWatermarks<number>(),
        "one a second",
      )
      .keyBy(() => "all")
      .window(TumblingProcessingTimeWindows.of("3s"))
      .reduce((a, b) => a + b)
      .collect();
    const job = await env.executeAsync("seconds");
    expect(job.status()).toBe("CREATED");
    await scheduler.drain();
    expect(job.status()).toBe("RUNNING");
    for (let second = 0; second < 6; second++) {
      clock.advance(1_000);
      await scheduler.drain();
    }
    const result = await job.result();
    expect(result.durationMs).toBeLessThanOrEqual(6_000);
    expect(seen.values().reduce((a, b) => a + b, 0)).toBeGreaterThan(0);
  });

  it("takes checkpoints when the clock says so, and gives the same trace for the same steps", async () => {
    const run = async (): Promise<readonly unknown[]> => {
      clock = new ManualClock(0);
      scheduler = new HeldScheduler();
      setLaunch({
        configuration: {},
        log: silentLog,
        host: new InProcessHost({ clock, scheduler, random: () => 0.5 }),
      });
      const env = StreamExecutionEnvironment.getExecutionEnvironment();
      env.enableCheckpointing(1_000);
      const seen = env
        .fromSource(
          new DataGeneratorSource({
            count: 50,
            ratePerSecond: 10,
            generate: (index) => ({ key: index % 3, at: index * 100 }),
          }),
          WatermarkStrategy.forMonotonousTimestamps<{ key: number; at: number }>().withTimestamps(({ at }) => at),
          "ticks",
        )
        .keyBy(({ key }) => key)
        .window(TumblingEventTimeWindows.of("1s"))
        .aggregate(
          {
            createAccumulator: () => 0,
            add: (_value, count) => count + 1,
            getResult: (count) => count,
            merge: (a, b) => a + b,
          },
          (count, { key, window }) => ({ key, count, end: window.end }),
        )
        .collect();
      const job = await env.executeAsync("ticks");
      await scheduler.drain();
      const trace: unknown[] = [];
      for (let tenth = 0; tenth < 80 && job.status() === "RUNNING"; tenth++) {
        clock.advance(100);
        trace.push([clock.nowMs(), await scheduler.drain(), job.checkpoints().counts.completed, seen.values().length]);
      }
      await job.result();
      return [...trace, seen.values()];
    };

    const first = await run();
    expect(await run()).toEqual(first);
    const counts = (first.at(-1) as { count: number }[]).map(({ count }) => count);
    expect(counts.reduce((a, b) => a + b, 0)).toBe(50);
    expect(first.some((one) => (one as number[])[2] === 3)).toBe(true);
  });
});
