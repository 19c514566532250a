import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  FsStateBackend,
  outputTag,
  RestartStrategies,
  StreamExecutionEnvironment,
  valueState,
  WatermarkStrategy,
} from "millrace";
import { FileSink } from "millrace/connectors/files";
import { DataGeneratorSource } from "millrace/connectors/generator";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "millrace-failover-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function environment(): StreamExecutionEnvironment {
  const env = StreamExecutionEnvironment.getExecutionEnvironment({ "millrace.host": "in-process" });
  env.enableCheckpointing(10);
  env.setRestartStrategy(RestartStrategies.fixedDelayRestart(100, 1));
  return env;
}

function finishedLines(path: string): string[] {
  return readdirSync(path)
    .filter((name) => !name.startsWith(".") && name.endsWith(".jsonl"))
    .flatMap((name) => readFileSync(join(path, name), "utf8").trim().split("\n"))
    .filter((line) => line !== "");
}

/** Fails at the given records, once each: a closure counts across attempts, as a flaky service would. */
function failingAt(...indices: number[]): (value: number) => number {
  const pending = new Set(indices);
  return (value) => {
    if (pending.delete(value)) throw new Error(`the service was away at ${value}`);
    return value;
  };
}

const counted = (env: StreamExecutionEnvironment, count: number, flaky: (value: number) => number) =>
  env
    .fromSource(
      new DataGeneratorSource({ count, ratePerSecond: 20_000, generate: (index) => index }),
      WatermarkStrategy.noWatermarks<number>(),
      "numbers",
    )
    .map(flaky)
    .keyBy((value) => value % 10)
    .process({
      state: { seen: valueState({ initial: 0 }) },
      processElement(
        value,
        { state, key },
        out: { collect(value: { key: number; seen: number; value: number }): void },
      ) {
        state.seen.update(state.seen.value() + 1);
        out.collect({ key, seen: state.seen.value(), value });
      },
    });

describe("a job whose function fails", () => {
  it("goes on from its last checkpoint, and each record counts once", async () => {
    const env = environment();
    counted(env, 4_000, failingAt(700, 1_500, 2_900)).sinkTo(FileSink.jsonLines(folder));

    const result = await env.execute("flaky");

    expect(result.restarts).toBe(3);
    const lines = finishedLines(folder).map((line) => JSON.parse(line));
    expect(lines).toHaveLength(4_000);
    expect(lines.every(({ key, seen, value }) => seen === Math.floor(value / 10) + 1 && key === value % 10)).toBe(true);
  });

  it("says which operator failed on which record, and keeps the user's own line", async () => {
    const env = StreamExecutionEnvironment.getExecutionEnvironment();
    env
      .fromCollection([{ price: 1 }, { price: 2 }])
      .map((order) => {
        if (order.price === 2) throw new TypeError("no such currency");
        return order;
      })
      .name("to euros")
      .print();

    const failure = await env.execute("orders").catch((error: unknown) => error);

    expect(String(failure)).toContain(
      'operator "to euros" (1/1) failed on record {"price":2}: TypeError: no such currency',
    );
    expect(String(failure)).toMatch(/failover\.test\.ts:\d+:\d+/);
    expect(String(failure)).toContain("NoRestartBackoffTimeStrategy");
  });

  it("says which limit was reached when it has failed too often", async () => {
    const env = environment().setRestartStrategy(RestartStrategies.fixedDelayRestart(1, 1));
    env
      .fromCollection([1])
      .map(() => {
        throw new Error("always");
      })
      .print();

    const failure = await env.execute("failing").catch((error: unknown) => error);

    expect(failure).toMatchObject({ code: "RESTARTS_EXHAUSTED", cause: { code: "USER_FUNCTION_FAILED" } });
    expect(String(failure)).toContain(
      'job "failing" failed and is not restarted: the fixed-delay strategy allows 1 restart(s). The cause: ',
    );
  });

  it("names the operator and shows a record when a key is null", async () => {
    const env = StreamExecutionEnvironment.getExecutionEnvironment();
    env
      .fromCollection([{ origin: "SFO" }, { origin: null }])
      .keyBy((flight) => flight.origin as string)
      .reduce((a) => a)
      .name("last flight")
      .print();
    const failure = String(await env.execute("flights").catch((error: unknown) => error));
    expect(failure).toContain("NULL_KEY");
    expect(failure).toContain('"last flight"');
    expect(failure).toContain('{"origin":null}');
  });
});

describe("a job started again after its process has gone", () => {
  it("goes on from the last completed checkpoint of its folder", async () => {
    const start = (): StreamExecutionEnvironment => {
      const env = environment();
      env.setStateBackend(new FsStateBackend(`file://${folder}/checkpoints`));
      counted(env, 20_000, (value) => value).sinkTo(FileSink.jsonLines(`${folder}/out`));
      return env;
    };
    const first = await start().executeAsync("resumed");
    await first.triggerCheckpoint();
    await first.suspend();
    const second = await start().executeAsync("resumed");
    const result = await second.result();

    expect(result.restoredFrom).toContain("/resumed/chk-");
    const lines = finishedLines(`${folder}/out`).map((line) => JSON.parse(line));
    expect(lines).toHaveLength(20_000);
    expect(new Set(lines.map(({ value }) => value)).size).toBe(20_000);
    // The last one stays until the process ends; test/recovery/finishing.test.ts shows why, and that it goes.
    expect(readdirSync(`${folder}/checkpoints/resumed`).filter((name) => name.startsWith("chk-"))).toHaveLength(1);
  });

  it("is taken up from a savepoint at another parallelism", async () => {
    const start = (parallelism: number, from?: string): StreamExecutionEnvironment => {
      const env = StreamExecutionEnvironment.getExecutionEnvironment({
        "millrace.host": "in-process",
        ...(from === undefined ? {} : { "execution.state-recovery.path": from }),
      });
      env.setParallelism(parallelism);
      env.enableCheckpointing(10);
      counted(env, 20_000, (value) => value).sinkTo(FileSink.jsonLines(`${folder}/out`));
      return env;
    };
    const first = await start(2).executeAsync("rescaled");
    await first.triggerCheckpoint();
    const savepoint = await first.triggerSavepoint(`${folder}/savepoints`);
    await first.cancel();
    const collected = await (await start(3, savepoint).executeAsync("rescaled")).result();

    expect(savepoint).toContain(`${folder}/savepoints/savepoint-`);
    expect(collected.restoredFrom).toBe(savepoint);
    // The first life went on after its savepoint, so lines may be there twice; none is missing, and no count is wrong.
    const lines = finishedLines(`${folder}/out`).map((line) => JSON.parse(line));
    expect(new Set(lines.map(({ value }) => value)).size).toBe(20_000);
    expect(lines.every(({ seen, value }) => seen === Math.floor(value / 10) + 1)).toBe(true);
  });
});

describe("side outputs and several inputs", () => {
  it("carry their own types and arrive at their own sinks", async () => {
    const odd = outputTag<string>("odd");
    const env = StreamExecutionEnvironment.getExecutionEnvironment();
    const even = env.fromSequence(1, 6).process({
      processElement(value, context, out: { collect(value: number): void }) {
        if (value % 2 === 0) out.collect(value);
        else context.output(odd, `odd ${value}`);
      },
    });
    const evens = even.collect();
    const odds = even.getSideOutput(odd).collect();
    const both = even.map(String).union(even.getSideOutput(odd)).collect();
    await env.execute("sides");
    expect(evens.values()).toEqual([2, 4, 6]);
    expect(odds.values()).toEqual(["odd 1", "odd 3", "odd 5"]);
    expect(both.values().sort()).toEqual(["2", "4", "6", "odd 1", "odd 3", "odd 5"]);
  });
});
