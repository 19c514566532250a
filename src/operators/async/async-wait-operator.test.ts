import { beforeEach, describe, expect, it } from "vitest";
import { type HarnessOptions, OneInputHarness } from "../operator-harness.ts";
import type { AsyncFunctionObject, AsyncOptions } from "./async-function.ts";
import { AsyncWaitOperator } from "./async-wait-operator.ts";
import { ScriptedAnswers } from "./scripted-answers.ts";

let outside: ScriptedAnswers<string>;
beforeEach(() => {
  outside = new ScriptedAnswers();
});

interface Settings extends Partial<AsyncOptions<string>>, HarnessOptions {
  readonly ordered?: boolean;
  readonly fn?: AsyncFunctionObject<string, string>;
}

function open({ ordered = false, fn = outside, timeout = "1s", capacity, retry, ...harness }: Settings = {}) {
  const options = {
    timeout,
    ...(capacity === undefined ? {} : { capacity }),
    ...(retry === undefined ? {} : { retry }),
  };
  const operator = new AsyncWaitOperator(fn, options, ordered);
  return { operator, harness: new OneInputHarness<string, string>(operator, { name: "ask", ...harness }) };
}

describe("results", () => {
  it("come as they are there, each with the timestamp of its record", async () => {
    const { harness } = open();
    harness.push("a", 10);
    harness.push("b", 20);
    harness.push("c");

    outside.answer("b", "B");
    await harness.settle();
    expect(harness.records).toEqual([{ value: "B", timestamp: 20 }]);

    outside.answer("c", "C");
    outside.answer("a", "A");
    await harness.settle();
    expect(harness.records.slice(1)).toEqual([
      { value: "C", timestamp: undefined },
      { value: "A", timestamp: 10 },
    ]);
  });

  it("come in the order of the records where that is asked for", async () => {
    const { harness } = open({ ordered: true });
    for (const value of ["a", "b", "c"]) harness.push(value);

    outside.answer("b", "B");
    outside.answer("c", "C");
    await harness.settle();
    expect(harness.values).toEqual([]);

    outside.answer("a", "A");
    await harness.settle();
    expect(harness.values).toEqual(["A", "B", "C"]);
  });

  it.each([true, false])("do not cross a watermark, nor does it cross them (ordered: %s)", async (ordered) => {
    const { harness } = open({ ordered });
    harness.push("a", 1);
    harness.watermark(5);
    harness.push("b", 6);
    harness.watermark(7);

    outside.answer("b", "B");
    await harness.settle();
    expect([harness.values, harness.watermarks]).toEqual([[], []]);

    outside.answer("a", "A");
    await harness.settle();
    expect([harness.values, harness.watermarks]).toEqual([
      ["A", "B"],
      [5, 7],
    ]);
  });

  it("leave watermarks and idleness alone where nothing is under way", () => {
    const { harness, operator } = open();
    harness.watermark(5);
    operator.processIdle(true);
    operator.processIdle(false);
    expect([harness.watermarks, harness.idleChanges]).toEqual([[5], [true, false]]);
  });

  it("come before the idleness of an input that sends no more", async () => {
    const { harness, operator } = open();
    harness.push("a");
    operator.processIdle(true);
    expect(harness.idleChanges).toEqual([]);

    outside.answer("a", "A");
    await harness.settle();
    expect(harness.idleChanges).toEqual([true]);
  });

  it("may be there without a promise", async () => {
    const { harness } = open({ fn: { asyncInvoke: (value) => value.toUpperCase() as never } });
    harness.push("a");
    await harness.settle();
    expect(harness.values).toEqual(["A"]);
  });
});

describe("the capacity", () => {
  it("bounds what is called at once; what a step brings beyond it waits, and nothing more is taken", async () => {
    const { harness, operator } = open({ capacity: 2 });
    harness.push("a");
    expect(operator.available()).toBe(true);
    for (const value of ["b", "c", "d"]) harness.push(value);
    expect([outside.asked, operator.available()]).toEqual([["a", "b"], false]);

    outside.answer("b", "B");
    await harness.settle();
    expect([outside.asked, operator.available()]).toEqual([["a", "b", "c"], false]);

    for (const value of ["a", "c", "d"]) {
      outside.answer(value, value);
      await harness.settle();
    }
    expect([harness.values, operator.available()]).toEqual([["B", "a", "c", "d"], true]);
  });

  it("counts results that wait for their place", async () => {
    const { harness, operator } = open({ ordered: true, capacity: 2 });
    harness.push("a");
    harness.push("b");
    outside.answer("b", "B");
    await harness.settle();
    expect(operator.available()).toBe(false);
  });

  it("is 100 by default", () => {
    const { harness, operator } = open();
    for (let n = 0; n < 99; n++) harness.push(String(n));
    expect(operator.available()).toBe(true);
    for (let n = 99; n < 105; n++) harness.push(String(n));
    expect([operator.available(), outside.asked.length]).toEqual([false, 100]);
  });
});

describe("a call that takes too long", () => {
  it("fails the job, and says for which record and since when", () => {
    const { harness } = open({ timeout: "1s" });
    harness.push("a");
    harness.advance(999);
    expect(() => harness.advance(1)).toThrow(
      /on record "a": .*Async function call has timed out: no result 1000 ms after it was first called, once in all/,
    );
  });

  it("has the result that the function gives for it, and a late answer is ignored", async () => {
    const { harness } = open({ fn: { ...outside, timeout: (value) => `${value}?` }, ordered: true });
    harness.push("a", 7);
    harness.advance(400);
    harness.push("b");
    harness.advance(600);
    expect(harness.records).toEqual([{ value: "a?", timestamp: 7 }]);
    expect(outside.signals.map(({ aborted }) => aborted)).toEqual([true, false]);

    outside.answer("a", "A");
    outside.answer("b", "B");
    await harness.settle();
    harness.advance(10_000);
    expect(harness.values).toEqual(["a?", "B"]);
  });

  it("is timed from when it was called, not from when its record came", async () => {
    const { harness } = open({ capacity: 1, fn: { ...outside, timeout: (value) => `${value}?` } });
    harness.push("a");
    harness.push("b");
    harness.advance(900);
    outside.answer("a", "A");
    await harness.settle();
    harness.advance(999);
    expect(harness.values).toEqual(["A"]);
    harness.advance(1);
    expect(harness.values).toEqual(["A", "b?"]);
  });

  it("is timed over its retries", async () => {
    const { harness } = open({ retry: { attempts: 5, delay: "600ms" }, fn: { ...outside, timeout: () => "late" } });
    harness.push("a");
    outside.fail("a", new Error("busy"));
    await harness.settle();
    harness.advance(600);
    outside.fail("a", new Error("busy"));
    await harness.settle();
    harness.advance(400);
    expect(harness.values).toEqual(["late"]);
    harness.advance(10_000);
    expect(outside.asked).toEqual(["a", "a"]);
  });

  it("fails with what its timeout function throws", () => {
    const timeout = () => {
      throw new Error("no default for a");
    };
    const { harness } = open({ fn: { ...outside, timeout } });
    harness.push("a");
    expect(() => harness.advance(1_000)).toThrow(/on record "a": Error: no default for a/);
  });
});

describe("a call that fails", () => {
  it("fails the job with the user's error and the record", async () => {
    const { harness } = open();
    harness.push("a");
    outside.fail("a", new Error("no such customer"));
    await expect(harness.settle()).rejects.toThrow(/on record "a": Error: no such customer/);
  });

  it("fails the same where there is no promise yet", async () => {
    const asyncInvoke = (): never => {
      throw new Error("no such customer");
    };
    const { harness } = open({ fn: { asyncInvoke } });
    harness.push("a");
    await expect(harness.settle()).rejects.toThrow(/on record "a": Error: no such customer/);
  });

  it("is made again after the delay, as often as is allowed", async () => {
    const { harness } = open({ timeout: "1h", retry: { attempts: 2, delay: "100ms" } });
    harness.push("a");
    for (const delayMs of [100, 100]) {
      outside.fail("a", new Error("busy"));
      await harness.settle();
      harness.advance(delayMs - 1);
      expect(outside.unanswered).toEqual([]);
      harness.advance(1);
      expect(outside.unanswered).toEqual(["a"]);
    }
    outside.fail("a", new Error("still busy"));
    await expect(harness.settle()).rejects.toThrow(/on record "a": Error: still busy/);
    expect(outside.asked).toHaveLength(3);
  });

  it("waits longer from time to time where a multiplier says so, up to a bound", async () => {
    const retry = { attempts: 4, delay: 100, multiplier: 2, maxDelay: 300 } as const;
    const { harness } = open({ timeout: "1h", retry });
    harness.push("a");
    for (const delayMs of [100, 200, 300, 300]) {
      outside.fail("a", new Error("busy"));
      await harness.settle();
      harness.advance(delayMs - 1);
      expect(outside.unanswered).toEqual([]);
      harness.advance(1);
    }
    outside.answer("a", "A");
    await harness.settle();
    expect(harness.values).toEqual(["A"]);
  });

  it("is made again only for the exceptions and results that are worth it", async () => {
    const retry = {
      attempts: 3,
      delay: 10,
      ifResult: (result: string) => result === "",
      ifException: (error: unknown) => (error as Error).message === "busy",
    };
    const { harness } = open({ retry });
    harness.push("a");
    outside.answer("a", "");
    await harness.settle();
    harness.advance(10);
    outside.fail("a", new Error("busy"));
    await harness.settle();
    harness.advance(10);
    expect(harness.values).toEqual([]);
    outside.fail("a", new Error("forbidden"));
    await expect(harness.settle()).rejects.toThrow("forbidden");
  });

  it("counts with its last result, whatever that is", async () => {
    const { harness } = open({ retry: { attempts: 1, delay: 10, ifResult: (result) => result === "" } });
    harness.push("a");
    outside.answer("a", "");
    await harness.settle();
    harness.advance(10);
    outside.answer("a", "");
    await harness.settle();
    expect(harness.values).toEqual([""]);
  });

  it("fails the job with the record where it cannot be said whether it is worth a retry", async () => {
    const ifResult = (): boolean => {
      throw new Error("what is this?");
    };
    const { harness } = open({ retry: { attempts: 1, delay: 10, ifResult } });
    harness.push("a");
    outside.answer("a", "A");
    await expect(harness.settle()).rejects.toThrow(/on record "a": Error: what is this\?/);
  });
});

describe("a checkpoint", () => {
  it.each([true, false])(
    "holds the records whose results are not out, and they are called for first (ordered: %s)",
    async (ordered) => {
      const before = open({ ordered, capacity: 2 });
      for (const value of ["a", "b", "c"]) before.harness.push(value, value.charCodeAt(0));
      outside.answer("b", "B");
      await before.harness.settle();
      const snapshot = before.harness.snapshot();

      outside = new ScriptedAnswers();
      const after = open({ ordered, restore: [snapshot] });
      after.harness.push("d");

      const unordered = ["a", "c", "d"];
      expect(before.harness.values).toEqual(ordered ? [] : ["B"]);
      expect(outside.asked).toEqual(ordered ? ["a", "b", "c", "d"] : unordered);
      for (const value of outside.asked) outside.answer(value, value);
      await after.harness.settle();
      expect(after.harness.records[0]).toEqual({ value: "a", timestamp: 97 });
      expect(after.harness.snapshot().operatorState[0]!.items).toEqual([]);
    },
  );

  it("is dealt out at another parallelism", async () => {
    const { harness } = open();
    for (const value of ["a", "b", "c", "d", "e"]) harness.push(value);
    const snapshot = harness.snapshot();

    outside = new ScriptedAnswers();
    open({ restore: [snapshot], subtaskIndex: 0, parallelism: 2 });
    open({ restore: [snapshot], subtaskIndex: 1, parallelism: 2 });

    expect([...outside.asked].sort()).toEqual(["a", "b", "c", "d", "e"]);
  });
});

describe("the end of input", () => {
  it("waits for all results, behind which the last watermark goes", async () => {
    const { harness, operator } = open();
    harness.push("a");
    harness.push("b");
    harness.watermark(100);
    expect(operator.endInput()).toBe(false);
    outside.answer("a", "A");
    await harness.settle();
    expect(operator.endInput()).toBe(false);
    outside.answer("b", "B");
    await harness.settle();
    expect([operator.endInput(), harness.values, harness.watermarks]).toEqual([true, ["A", "B"], [100]]);
  });

  it("does not wait for the delays of retries: they are made at once", async () => {
    const retry = { attempts: 2, delay: "1h", ifResult: (result: string) => result === "" } as const;
    const { harness, operator } = open({ timeout: "1d", retry });
    harness.push("a");
    outside.answer("a", "");
    await harness.settle();
    expect(outside.asked).toEqual(["a"]);

    expect(operator.endInput()).toBe(false);
    expect(outside.unanswered).toEqual(["a"]);
    outside.answer("a", "");
    await harness.settle();
    expect(outside.unanswered).toEqual(["a"]);
    outside.answer("a", "");
    await harness.settle();
    expect([operator.endInput(), harness.values]).toEqual([true, [""]]);
    harness.advance(3_600_000);
    expect(outside.asked).toHaveLength(3);
  });
});

describe("the function", () => {
  it("is opened and closed, and hears that nobody waits for its calls any more", async () => {
    const log: string[] = [];
    const fn: AsyncFunctionObject<string, string> = {
      ...outside,
      open: ({ subtaskIndex }) => log.push(`open ${subtaskIndex}`),
      close: async () => {
        log.push("close");
      },
    };
    const { harness, operator } = open({ fn });
    harness.push("a");
    expect(outside.signals[0]!.aborted).toBe(false);
    await operator.close();
    expect(log).toEqual(["open 0", "close"]);
    expect(outside.signals[0]!.aborted).toBe(true);
  });

  it("knows when its record was", async () => {
    const seen: (number | undefined)[] = [];
    const asyncInvoke = async (value: string, { timestamp }: { timestamp: number | undefined }) => {
      seen.push(timestamp);
      return value;
    };
    const { harness } = open({ fn: { asyncInvoke } });
    harness.push("a", 5);
    harness.push("b");
    await harness.settle();
    expect(seen).toEqual([5, undefined]);
  });
});
