import { AsyncDataStream, type AsyncFunction, StreamExecutionEnvironment, WatermarkStrategy } from "millrace";
import { advance, checkpoint, crash, everyCrashPoint, rescale, simulate, TestSink, TestSource } from "millrace/testing";
import { beforeEach, describe, expect, it } from "vitest";

const numbers = new TestSource<number>();
const squares = new TestSink<number>();
const strategy = WatermarkStrategy.forMonotonousTimestamps<number>().withTimestamps((value) => value * 1_000);

/** By number, how often the outside was asked. */
let asked: Map<number, number>;
beforeEach(() => {
  asked = new Map();
});

const square = async (value: number): Promise<number> => {
  asked.set(value, (asked.get(value) ?? 0) + 1);
  return value * value;
};

/** The first answer for a number of an even ten does not count: its call is under way for as long as the test wants. */
const isFirst = (result: number): boolean => asked.get(Math.sqrt(result)) === 1 && Math.sqrt(result) % 20 < 10;

const options = { timeout: "1h", capacity: 3, retry: { attempts: 1, delay: "10s", ifResult: isFirst } } as const;

function job(how: "orderedWait" | "unorderedWait") {
  return (env: StreamExecutionEnvironment): void => {
    asked.clear();
    const found = AsyncDataStream[how](env.fromSource(numbers, strategy, "numbers"), square, options).uid("square");
    found.sinkTo(squares);
  };
}

const sorted = (values: readonly number[]): number[] => values.toSorted((a, b) => a - b);

const script = [
  numbers.emit(1, 11, 2, 12, 3),
  checkpoint(),
  numbers.emit(13, 4, 5, 6, 7),
  advance("5s"),
  checkpoint(),
  advance("20s"),
  numbers.emit(14, 8, 9),
  checkpoint(),
];
const all = sorted([1, 11, 2, 12, 3, 13, 4, 5, 6, 7, 14, 8, 9]).map((n) => n * n);

describe.each(["orderedWait", "unorderedWait"] as const)("%s", (how) => {
  it("puts out everything once when the process dies while calls are under way", async () => {
    const run = await simulate(job(how), [numbers.emit(1, 11, 2), checkpoint()], { parallelism: 2 });
    const saved = (await run.snapshot()).operator("square").operatorStates.find(({ name }) => name === "async-records");
    expect([...saved!.items()].length).toBeGreaterThan(0);

    await run.play([crash()]);
    expect(asked.size).toBeGreaterThan(0);
    await run.play([advance("20s"), checkpoint()]);

    expect(run.lives).toBe(2);
    expect(sorted(squares.committed)).toEqual([1, 4, 121]);
  });

  it("puts out everything once, whenever the process dies", async () => {
    const { points, restored } = await everyCrashPoint(job(how), script, { parallelism: 2, every: 7 });

    expect(points).toBeGreaterThan(25);
    expect(restored).toBeGreaterThan(10);
    expect(sorted(squares.committed)).toEqual(all);
  });

  it("puts out everything once when it is stopped with a savepoint and goes on at another parallelism", async () => {
    const [first, ...rest] = script;
    const { points } = await everyCrashPoint(job(how), [first!, rescale(3), ...rest, rescale(1)], {
      parallelism: 2,
      every: 29,
    });

    expect(points).toBeGreaterThan(10);
    expect(sorted(squares.committed)).toEqual(all);
  });
});

describe("an asynchronous function", () => {
  it("keeps the order of records, and puts nothing out behind the savepoint of a stop", async () => {
    const run = await simulate(job("orderedWait"), [numbers.emit(1, 11, 2), checkpoint(), rescale(1)]);
    expect(squares.committed).toEqual([]);

    await run.play([advance("20s"), numbers.emit(12), checkpoint()]);
    expect(squares.committed).toEqual([1, 121, 4, 144]);
  });

  it("holds event time back until the results before it are out", async () => {
    const late: [number, number][] = [];
    const run = await simulate(
      (env) => {
        asked.clear();
        const found = AsyncDataStream.unorderedWait(env.fromSource(numbers, strategy, "numbers"), square, options);
        found
          .process({
            processElement(value: number, { timestamp, currentWatermark }, out: { collect(value: number): void }) {
              if (timestamp! <= currentWatermark) late.push([timestamp!, currentWatermark]);
              out.collect(value);
            },
          })
          .sinkTo(squares);
      },
      [numbers.emit(1, 2, 3), numbers.emit(14, 15), numbers.emit(25), advance("20s"), checkpoint()],
    );

    expect(late).toEqual([]);
    expect(sorted(squares.committed)).toEqual([1, 4, 9, 196, 225, 625]);
    expect(run.lives).toBe(1);
  });

  it("works on a keyed stream, behind another operator, and before a keyed one", async () => {
    await simulate(
      (env) => {
        asked.clear();
        const keyed = env
          .fromSource(numbers, strategy, "numbers")
          .map((n) => n + 10)
          .keyBy((n) => n % 2);
        AsyncDataStream.orderedWait(keyed, square, options)
          .keyBy((n) => n % 2)
          .reduce((a, b) => a + b)
          .sinkTo(squares);
      },
      [numbers.emit(1, 2, 3, 4), advance("20s"), checkpoint(), numbers.end()],
      { parallelism: 2 },
    );

    expect(sorted(squares.committed)).toEqual(sorted([121, 121 + 169, 144, 144 + 196]));
  });

  const failing = async (fn: AsyncFunction<number, number>, timeout: "1s" | "1h"): Promise<Error> => {
    const run = simulate(
      (env) => {
        const found = AsyncDataStream.unorderedWait(env.fromSource(numbers, strategy, "numbers"), fn, { timeout });
        found.name("ask").sinkTo(squares);
      },
      [numbers.emit(7), advance("2s")],
    );
    return run.then(
      () => new Error("it did not fail"),
      (error: Error) => error,
    );
  };

  it("fails the job with the record and the user's own error", async () => {
    const error = await failing(async () => {
      throw new RangeError("no such number");
    }, "1h");
    expect(error.cause).toMatchObject({ code: "USER_FUNCTION_FAILED" });
    expect(error.message).toMatch(
      /operator "ask" \(1\/1\) failed on record 7: RangeError: no such number \(at .*async-io/,
    );
  });

  it("fails the job with the record and its age when no answer comes", async () => {
    const error = await failing(() => new Promise(() => {}), "1s");
    expect(error.cause).toMatchObject({ code: "ASYNC_TIMEOUT" });
    expect(error.message).toMatch(
      /operator "ask" \(1\/1\) failed on record 7: Async function call has timed out: no result 1000 ms after/,
    );
  });
});

describe("a bounded job", () => {
  it("ends when all calls have, with and without checkpoints", async () => {
    for (const checkpoints of [false, true]) {
      const env = StreamExecutionEnvironment.getExecutionEnvironment({ "millrace.host": "in-process" });
      env.setParallelism(2);
      if (checkpoints) env.enableCheckpointing(10);
      const slow = async (n: number): Promise<number> => {
        for (let turns = n % 20; turns > 0; turns--) await new Promise((resolve) => setImmediate(resolve));
        return n;
      };
      const found = AsyncDataStream.unorderedWait(env.fromSequence(1, 300), slow, { timeout: "1m", capacity: 10 });
      const values = await found.executeAndCollect();
      expect(sorted(values)).toEqual(Array.from({ length: 300 }, (_, at) => at + 1));
    }
  });
});
