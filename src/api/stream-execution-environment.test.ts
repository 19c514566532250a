import { afterEach, describe, expect, it, vi } from "vitest";
import type { PlanDescription } from "../graph/plan-json.ts";
import { Configuration } from "./configuration/configuration.ts";
import { LAUNCH, WORKER } from "./launch.ts";
import { RestartStrategies } from "./restart-strategies.ts";
import {
  FileSystemCheckpointStorage,
  FsStateBackend,
  HashMapStateBackend,
  JobManagerCheckpointStorage,
  MemoryStateBackend,
} from "./state-backends.ts";
import { StreamExecutionEnvironment } from "./stream-execution-environment.ts";

const globals = globalThis as Record<symbol, unknown>;
const newEnvironment = StreamExecutionEnvironment.getExecutionEnvironment;

afterEach(() => {
  delete globals[LAUNCH];
  delete globals[WORKER];
  vi.restoreAllMocks();
});

describe("checkpoints", () => {
  it("are off until enabled, and then restart the job with a growing delay", () => {
    const env = newEnvironment();
    expect(env.getJobSettings().checkpointing.intervalMs).toBeUndefined();
    expect(env.getJobSettings().restart.kind).toBe("none");

    env.enableCheckpointing(10, "AT_LEAST_ONCE");

    expect(env.getJobSettings().checkpointing).toMatchObject({ intervalMs: 10, mode: "AT_LEAST_ONCE" });
    expect(env.getJobSettings().restart.kind).toBe("exponential-delay");
  });

  it.each([9, 0, -1, 10.5, Number.NaN, Number.POSITIVE_INFINITY, "10s" as never])(
    "cannot be taken every %s ms",
    (intervalMs) => {
      expect(() => newEnvironment().enableCheckpointing(intervalMs)).toThrow(/^CHECKPOINT_INTERVAL: .*\n.*at least 10/);
    },
  );

  it("are set up by Flink's setters", () => {
    const env = newEnvironment();
    env
      .getCheckpointConfig()
      .setCheckpointInterval(1000)
      .setCheckpointingMode("AT_LEAST_ONCE")
      .setCheckpointTimeout("1m")
      .setMaxConcurrentCheckpoints(2)
      .setTolerableCheckpointFailureNumber(3)
      .setExternalizedCheckpointRetention("RETAIN_ON_CANCELLATION")
      .setMaxRetainedCheckpoints(4)
      .setCheckpointsAfterTasksFinish(false);

    expect(env.getJobSettings().checkpointing).toEqual({
      intervalMs: 1000,
      mode: "AT_LEAST_ONCE",
      timeoutMs: 60_000,
      minPauseMs: 0,
      maxConcurrent: 2,
      tolerableFailures: 3,
      retention: "RETAIN_ON_CANCELLATION",
      afterTasksFinish: false,
      retained: 4,
      firstDelayMs: undefined,
      savepointDirectory: undefined,
    });
    env.getCheckpointConfig().setMinPauseBetweenCheckpoints("2s");
    expect(env.getJobSettings().checkpointing).toMatchObject({ minPauseMs: 2000, maxConcurrent: 1 });
  });

  it("refuse numbers that make no sense", () => {
    const config = newEnvironment().getCheckpointConfig();

    expect(() => config.setMaxConcurrentCheckpoints(0)).toThrow(/CONFIG_INVALID/);
    expect(() => config.setTolerableCheckpointFailureNumber(-1)).toThrow(/CONFIG_INVALID/);
    expect(() => config.setMaxRetainedCheckpoints(1.5)).toThrow(/CONFIG_INVALID/);
  });
});

describe("where checkpoints go", () => {
  const inMemory = (maxStateBytes: number) => ({ kind: "jobmanager", maxStateBytes });
  const inFiles = (uri: string, inlineBytesMax = 20_480) => ({ kind: "filesystem", uri, inlineBytesMax });

  it("is said by the back ends of old", () => {
    expect(newEnvironment().setStateBackend(new MemoryStateBackend()).getJobSettings().storage).toEqual(
      inMemory(5_242_880),
    );
    expect(newEnvironment().setStateBackend(new MemoryStateBackend(1000)).getJobSettings().storage).toEqual(
      inMemory(1000),
    );
    expect(newEnvironment().setStateBackend(new FsStateBackend("file:///c")).getJobSettings().storage).toEqual(
      inFiles("file:///c"),
    );
  });

  it("is said by storage objects and by a folder alone", () => {
    const stored = (storage: Parameters<ReturnType<typeof config>["setCheckpointStorage"]>[0]) => {
      const env = newEnvironment();
      env.getCheckpointConfig().setCheckpointStorage(storage);
      return env.getJobSettings().storage;
    };
    const config = () => newEnvironment().getCheckpointConfig();

    expect(stored("file:///c")).toEqual(inFiles("file:///c"));
    expect(stored(new URL("file:///c"))).toEqual(inFiles("file:///c"));
    expect(stored(new FileSystemCheckpointStorage("/c", 0))).toEqual(inFiles("/c", 0));
    expect(stored(new JobManagerCheckpointStorage(7))).toEqual(inMemory(7));
  });

  it("is left alone by a back end that says nothing of it, and else the last word counts", () => {
    const env = newEnvironment().setStateBackend(new FsStateBackend("file:///c"));
    expect(env.setStateBackend(new HashMapStateBackend()).getJobSettings().storage).toEqual(inFiles("file:///c"));
    expect(env.setStateBackend(new MemoryStateBackend(9)).getJobSettings().storage).toEqual(inMemory(9));
  });

  it("is refused where it is no place", () => {
    expect(() => new FsStateBackend(" ")).toThrow(/CONFIG_INVALID/);
    expect(() => new FsStateBackend("/c", 2 ** 21)).toThrow(/CONFIG_INVALID/);
    expect(() => new MemoryStateBackend(0)).toThrow(/CONFIG_INVALID/);
    const env = newEnvironment({ "execution.checkpointing.storage": "filesystem" });
    expect(() => env.getJobSettings()).toThrow(/CONFIG_INVALID: .*no directory/);
  });
});

describe("restart strategies", () => {
  const chosen = (strategy: Parameters<StreamExecutionEnvironment["setRestartStrategy"]>[0]) =>
    newEnvironment().enableCheckpointing(10).setRestartStrategy(strategy).getJobSettings().restart;

  it("are what the program says", () => {
    expect(chosen(RestartStrategies.noRestart())).toEqual({ kind: "none" });
    expect(chosen(RestartStrategies.fallBackRestart())).toMatchObject({ kind: "exponential-delay" });
    expect(chosen(RestartStrategies.fixedDelayRestart(3, "10s"))).toEqual({
      kind: "fixed-delay",
      attempts: 3,
      delayMs: 10_000,
    });
    expect(chosen(RestartStrategies.failureRateRestart(2, "5m", "1s"))).toEqual({
      kind: "failure-rate",
      failuresMax: 2,
      intervalMs: 300_000,
      delayMs: 1000,
    });
    expect(
      chosen(
        RestartStrategies.exponentialDelayRestart({ initialBackoff: "2s", jitterFactor: 0, attemptsBeforeReset: 4 }),
      ),
    ).toEqual({
      kind: "exponential-delay",
      initialMs: 2000,
      multiplier: 1.5,
      maxMs: 60_000,
      jitter: 0,
      resetAfterMs: 3_600_000,
      attemptsMax: 4,
    });
  });

  it("refuse parameters that make no sense", () => {
    expect(() => RestartStrategies.fixedDelayRestart(-1, 0)).toThrow(/CONFIG_INVALID/);
    expect(() => RestartStrategies.failureRateRestart(0, 0, 0)).toThrow(/CONFIG_INVALID/);
    expect(() => RestartStrategies.exponentialDelayRestart({ backoffMultiplier: 0.5 })).toThrow(/CONFIG_INVALID/);
    expect(() => RestartStrategies.exponentialDelayRestart({ jitterFactor: 2 })).toThrow(/CONFIG_INVALID/);
  });
});

describe("an environment", () => {
  it("passes on what calls say of the whole job", () => {
    const env = newEnvironment()
      .setParallelism(3)
      .setMaxParallelism(30)
      .setBufferTimeout("1s")
      .disableOperatorChaining();
    env.getConfig().setAutoWatermarkInterval(0).disableAutoGeneratedUIDs().freezeRecords = true;

    expect(env.getJobSettings()).toMatchObject({
      parallelism: 3,
      maxParallelism: 30,
      bufferTimeoutMs: 1000,
      chaining: false,
      autoWatermarkIntervalMs: 0,
      autoGenerateUids: false,
      freezeRecords: true,
    });
    expect(env.setBufferTimeout(-1).getJobSettings().bufferTimeoutMs).toBe(-1);
  });

  it("lets the command line win over the configuration in the program, and calls over both", () => {
    globals[LAUNCH] = { configuration: { "parallelism.default": "2", "pipeline.max-parallelism": "99" } };
    const env = newEnvironment(new Configuration({ "parallelism.default": 5 }).set("pipeline.max-parallelism", 88));
    expect(env.getJobSettings()).toMatchObject({ parallelism: 2, maxParallelism: 99 });

    env.setParallelism(7);

    expect(env.getJobSettings().parallelism).toBe(7);
  });

  it("warns of keys without effect, once: not in workers too", () => {
    const warn = vi.fn();
    globals[LAUNCH] = { configuration: {}, log: { info: () => {}, warn } };
    newEnvironment({ "paralelism.default": 1 });
    expect(warn.mock.calls).toEqual([
      ["paralelism.default is not a known configuration key and has no effect. Did you mean parallelism.default?"],
    ]);

    globals[WORKER] = { capture: () => new Promise(() => {}) };
    newEnvironment({ "paralelism.default": 1 });

    expect(warn).toHaveBeenCalledTimes(1);
  });

  it("shows the plan as JSON, under the name of the configuration or a default", () => {
    const env = newEnvironment();
    env
      .fromSequence(1, 3)
      .setParallelism(1)
      .keyBy((n) => n)
      .reduce((a) => a)
      .uid("sum");

    const plan = JSON.parse(env.getExecutionPlan()) as PlanDescription;

    expect(plan.jobName).toBe("Millrace Streaming Job");
    expect(plan.vertices.map((vertex) => vertex.name)).toEqual(["Source: Sequence Source", "Keyed Reduce"]);
    expect(env.configure({ "pipeline.name": "sums" }).getStreamGraph().jobName).toBe("sums");
    expect(env.getStreamGraph("mine").jobName).toBe("mine");
  });
});
