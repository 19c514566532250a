import {
  EventTimeSessionWindows,
  RestartStrategies,
  type StreamExecutionEnvironment,
  TumblingEventTimeWindows,
  valueState,
  WatermarkStrategy,
} from "millrace";
import { advance, checkpoint, type Job, type Simulation, simulate, TestSink, TestSource } from "millrace/testing";
import { describe, expect, it } from "vitest";
import { RefusingSink } from "./refusing-sink.ts";

/**
 * What people ask most about running jobs (the first pains of users of stream processors), each as a job that has the trouble, and the
 * sentence with which Millrace answers. The clock starts at 2026-01-01T00:00:00Z.
 */
interface Click {
  readonly user: string;
  readonly at: number;
}

const STARTED = Date.parse("2026-01-01T00:00:00Z");
const at = (seconds: number, user = "ann"): Click => ({ user, at: STARTED + seconds * 1_000 });
const byTime = WatermarkStrategy.forBoundedOutOfOrderness<Click>("5s").withTimestamps((click) => click.at);

describe("a job says why", () => {
  it("its checkpoint is slow, and then failed: which operator, in which phase, behind how much (pain 1)", async () => {
    const clicks = new TestSource<Click>();
    const sink = new RefusingSink("takes nothing");
    const job: Job = (env) => {
      withCheckpoints(env);
      env.fromSource(clicks, byTime, "clicks").keyBy("user").process(passOn).name("per user").sinkTo(sink).name("shop");
    };
    const run = await simulate(job, [clicks.emit(...Array.from({ length: 5_000 }, (_, second) => at(second)))]);

    await run.play([advance("35s")]);
    expect(await sentences(run, "checkpoint")).toEqual([
      'checkpoint 1 has been under way for 25 s, 1 of 2 subtasks are done: the barrier has not come to "per user -> shop" yet: it is on its way from "Source: clicks", behind 1026 records that it has yet to take.',
    ]);
    expect(await sentences(run, "bottleneck")).toEqual([
      expect.stringMatching(
        /^"shop" is what the job waits for: \d+ % of the time it can take no more, because what it has is not written yet\.$/,
      ),
    ]);

    await run.play([advance("60s")]);
    const [failed] = (await run.why()).filter(({ severity }) => severity === "error");
    expect(failed?.sentence).toMatch(
      /^checkpoint \d+ failed: checkpoint \d+ of job ".*" was abandoned after 60 000 ms: the barrier has not come to "per user -> shop" yet: it is on its way from "Source: clicks", behind 1026 records that it has yet to take; there is none to go back to\.$/,
    );
    expect(failed?.advice).toContain("Unaligned checkpoints");
  });

  it("its checkpoint waits for the outside: who flushes, and since when (pain 1)", async () => {
    const clicks = new TestSource<Click>();
    const job: Job = (env) => {
      withCheckpoints(env);
      env.fromSource(clicks, byTime, "clicks").sinkTo(new RefusingSink("never flushes")).name("shop");
    };
    const run = await simulate(job, [clicks.emit(at(1)), advance("30s")]);

    expect(await sentences(run, "checkpoint")).toEqual([
      'checkpoint 1 has been under way for 20 s, 0 of 1 subtasks are done: "shop" was flushing what it had been given before for 20 s.',
    ]);
  });

  it("its output is not visible: who is still committing which checkpoint, and since when (pain 1)", async () => {
    const clicks = new TestSource<Click>();
    const job: Job = (env) => {
      withCheckpoints(env);
      env.fromSource(clicks, byTime, "clicks").sinkTo(new RefusingSink("never commits")).name("shop");
    };
    const run = await simulate(job, [clicks.emit(at(1)), checkpoint(), advance("30s")]);

    expect((await sentences(run, "checkpoint"))[0]).toBe(
      '"shop" has been committing what checkpoint 1 holds for 30 s, and its output since then is not visible yet.',
    );
  });

  it("where its checkpoint is (pain 4)", async () => {
    const { run } = await counting([checkpoint(), advance("5m")]);

    expect(await sentences(run, "checkpoint")).toEqual([
      expect.stringMatching(
        /^a restart goes on from checkpoint 1, taken 5 min ago \(\d+ B\), at memory:\/\/\/checkpoints-1\/.*\/chk-1\.$/,
      ),
    ]);
  });

  it("a window has not fired: which split holds the watermark, at what time, silent since when (pain 5)", async () => {
    const { run, clicks } = await counting([], { splits: 2 });
    await run.play([clicks.split(1).emit(at(20)), advance("4m"), clicks.emit(at(1), at(90))]);

    expect(await sentences(run, "event-time")).toEqual([
      '"per minute" has not fired what is due at 2026-01-01 00:00:59Z, because its event time is 2026-01-01 00:00:14Z: split "split-1" of "Source: clicks" has been silent since 2026-01-01 00:00:00Z (4 min), and holds it there.',
    ]);
    const [finding] = (await run.why()).filter(({ kind }) => kind === "event-time");
    expect(finding?.advice).toContain('withIdleness("1m")');
  });

  it("a window has not fired: a split that never had a record (pain 5)", async () => {
    const { run, clicks } = await counting([], { splits: 2 });
    await run.play([clicks.emit(at(1), at(90)), advance("1m")]);

    expect(await sentences(run, "event-time")).toEqual([
      expect.stringMatching(
        /because it has no event time yet: split "split-1" of "Source: clicks" has been silent since .* \(1 min\), and holds it there\.$/,
      ),
    ]);
  });

  it("a window has not fired: nobody makes watermarks (pain 5)", async () => {
    const { run, clicks } = await counting([], {
      strategy: WatermarkStrategy.noWatermarks<Click>().withTimestamps((click) => click.at),
    });
    await run.play([clicks.emit(at(1), at(90))]);

    expect(await sentences(run, "event-time")).toEqual([
      '"per minute" has not fired what is due at 2026-01-01 00:00:59Z, because it has no event time yet: "Source: clicks" makes no watermarks.',
    ]);
  });

  it("a window has not fired: its input has been silent for so long that it is idle (pain 5)", async () => {
    const { run, clicks } = await counting([], { strategy: byTime.withIdleness("1m") });
    await run.play([clicks.emit(at(1), at(30)), advance("5m")]);

    expect(await sentences(run, "event-time")).toEqual([
      '"per minute" has not fired what is due at 2026-01-01 00:00:59Z, because its event time is 2026-01-01 00:00:24Z, and "Source: clicks" is idle: it has had no records for so long that it is left out.',
    ]);
  });

  it("what its sinks promise (pain 6)", async () => {
    const clicks = new TestSource<Click>();
    const job: Job = (env) => {
      withCheckpoints(env);
      const stream = env.fromSource(clicks, byTime, "clicks");
      stream.sinkTo(new TestSink<Click>()).name("kept");
      stream.sinkTo(new RefusingSink("at least once")).name("shop");
    };
    const run = await simulate(job, []);

    expect((await sentences(run, "guarantee")).toSorted()).toEqual([
      '"kept" shows every record exactly once, across failures and restarts.',
      '"shop" shows every record at least once: a restart writes again what came since the last checkpoint.',
    ]);
  });

  it("it restarts again and again: the record and the line, and that a restart will not help (pain 7)", async () => {
    const clicks = new TestSource<Click>();
    const job: Job = (env) => {
      withCheckpoints(env);
      env.setRestartStrategy(RestartStrategies.fixedDelayRestart(1_000, "1s"));
      env
        .fromSource(clicks, byTime, "clicks")
        .map((click) => click.user.toUpperCase())
        .name("shout")
        .sinkTo(new TestSink<string>());
    };
    const run = await simulate(job, [clicks.emit(at(1), { user: null as never, at: 2 }), advance("5s")], {
      restarts: true,
    });

    const [finding] = (await run.why()).filter(({ kind }) => kind === "restart");
    expect(finding?.severity).toBe("error");
    expect(finding?.sentence).toMatch(
      /^the job was restarted \d times, and its last \d failures have the same cause: "Source: clicks -> shout -> .*" \(1\/1\) failed at 2026-01-01 00:00:0\dZ: operator "shout" \(1\/1\) failed on record \{"user":null,"at":2\}: TypeError: .*running-jobs\.test\.ts:\d+:\d+\)?\.$/,
    );
    expect(finding?.advice).toMatch(
      /^A restart reads the same records again and will not get past it: catch the error at .*running-jobs\.test\.ts:\d+:\d+ and put such records into a side output\.$/,
    );
  });

  it("records are missing: how many were late, by how much, and some of them (pain 8)", async () => {
    const { run, clicks } = await counting([]);
    await run.play([clicks.emit(at(1), at(200)), clicks.emit(at(2), at(10), at(59), at(201))]);

    expect(await sentences(run, "dropped-records")).toEqual([
      '"per minute" dropped 3 records that came after all their windows were over, 3 min 4 s behind the watermark in the middle and 3 min 12 s at most; for example {"user":"ann","at":1767225659000} of 2026-01-01 00:00:59Z, 2 min 15 s late.',
    ]);
    const [finding] = (await run.why()).filter(({ kind }) => kind === "dropped-records");
    expect(finding?.facts).toMatchObject({ count: 3, minMs: 135_999, maxMs: 192_999 });
    expect(finding?.advice).toContain("allowedLateness");
  });

  it("sessions that would merge behind the watermark do not crash it: their records are late, and said to be (pain 9)", async () => {
    const clicks = new TestSource<Click>();
    const sink = new TestSink<Click>();
    const job: Job = (env) => {
      withCheckpoints(env);
      env
        .fromSource(clicks, byTime, "clicks")
        .keyBy("user")
        .window(EventTimeSessionWindows.withGap("10s"))
        .reduce((first) => first)
        .name("sessions")
        .sinkTo(sink);
    };
    const run = await simulate(job, [clicks.emit(at(1), at(100)), clicks.emit(at(5), at(12), at(101))]);

    expect(run.status).toBe("RUNNING");
    expect(await sentences(run, "dropped-records")).toEqual([
      expect.stringMatching(/^"sessions" dropped 2 records that came after all their windows were over, /),
    ]);
  });

  it("its state grows: by how much an hour, and which state keeps every key (pain 12)", async () => {
    const clicks = new TestSource<Click>();
    const seen = { seen: valueState<string>(), recent: valueState<string>({ ttl: "1h" }) };
    const job: Job = (env) => {
      withCheckpoints(env);
      env
        .fromSource(clicks, byTime, "clicks")
        .keyBy("user")
        .process<Click, typeof seen>({
          state: seen,
          processElement: ({ user }, { state }) => state.seen.update(user.repeat(100)),
        })
        .name("visitors")
        .sinkTo(new TestSink<Click>());
    };
    const run = await simulate(job, [checkpoint()]);
    for (let minute = 0; minute < 3; minute++) {
      const users = Array.from({ length: 1_000 }, (_, index) => at(minute, `user-${minute}-${index}`));
      await run.play([clicks.emit(...users), advance("1m"), checkpoint()]);
    }

    expect(await sentences(run, "growing-state")).toEqual([
      expect.stringMatching(
        /^state "seen" of "visitors" has grown from 0 B to 2\.\d+ MB \(0 to 3000 keys\) in 3 min, that is 5[\d.]+ MB per hour; it keeps every key until the program removes it\.$/,
      ),
    ]);
  });
});

const passOn = {
  processElement: (click: Click, _context: unknown, out: { collect(value: Click): void }) => out.collect(click),
};

function withCheckpoints(env: StreamExecutionEnvironment): void {
  env.enableCheckpointing(10_000);
  env.getCheckpointConfig().setCheckpointTimeout(60_000);
  env.getCheckpointConfig().setTolerableCheckpointFailureNumber(100);
}

/** Counts clicks per user and minute of event time. */
async function counting(
  script: Parameters<typeof simulate>[1],
  { splits = 1, strategy = byTime }: { splits?: number; strategy?: WatermarkStrategy<Click> } = {},
): Promise<{ run: Simulation; clicks: TestSource<Click> }> {
  const clicks = new TestSource<Click>({ splits });
  const job: Job = (env) => {
    env
      .fromSource(clicks, strategy, "clicks")
      .keyBy("user")
      .window(TumblingEventTimeWindows.of("1m"))
      .reduce((first) => first)
      .name("per minute")
      .sinkTo(new TestSink<Click>());
  };
  return { run: await simulate(job, script), clicks };
}

async function sentences(run: Simulation, kind: string): Promise<string[]> {
  return (await run.why()).filter((finding) => finding.kind === kind).map(({ sentence }) => sentence);
}
