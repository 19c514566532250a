import { describe, expect, it } from "vitest";
import { MillraceError } from "../../core/errors.ts";
import { ScriptedSourceJob } from "../scripted-job.ts";
import { AsyncIterableSource } from "./async-iterable-source.ts";

async function* numbers(to: number): AsyncGenerator<number> {
  for (let i = 1; i <= to; i++) yield i;
}

describe("AsyncIterableSource", () => {
  it("emits the values in order and finishes", async () => {
    const job = new ScriptedSourceJob(new AsyncIterableSource(numbers(300)), 1);

    expect(await job.run(7)).toBe(true);

    expect(job.values).toEqual(Array.from({ length: 300 }, (_, i) => i + 1));
    expect(job.readers[0]!.released).toEqual(["iterable"]);
  });

  it("says that it cannot be replayed, and is read by one subtask", async () => {
    const source = new AsyncIterableSource(() => numbers(5));
    const job = new ScriptedSourceJob(source, 3);

    await job.run(2);

    expect(source.replayable).toBe(false);
    expect(source.parallelismMax).toBe(1);
    expect(job.readers.map((reader) => reader.values.length)).toEqual([5, 0, 0]);
  });

  it("pulls no further ahead than its bound", async () => {
    let pulled = 0;
    async function* counted(): AsyncGenerator<number> {
      for (;;) yield ++pulled;
    }
    const job = new ScriptedSourceJob(new AsyncIterableSource(counted()), 1);

    job.readers[0]!.poll(1);
    await job.readers[0]!.mailbox.deliverAll();

    expect(pulled).toBe(128);
  });

  it("fails with the iterable's error as the cause", async () => {
    async function* failing(): AsyncGenerator<number> {
      yield 1;
      throw new Error("connection lost");
    }
    const job = new ScriptedSourceJob(new AsyncIterableSource(failing()), 1);

    const failure = await job.run(10).catch((error: unknown) => error);

    expect(failure).toBeInstanceOf(MillraceError);
    expect(failure).toMatchObject({ code: "SOURCE_FAILED", cause: { message: "connection lost" } });
    expect((failure as Error).message).toContain('source "scripted source" failed: Error: connection lost');
    expect(job.values).toEqual([1]);
  });

  it("calls return on the iterator when the job ends early", async () => {
    let returned = 0;
    const iterator = {
      next: async () => ({ done: false, value: 1 }) as const,
      return: async () => {
        returned++;
        return { done: true, value: undefined } as const;
      },
    };
    const job = new ScriptedSourceJob(new AsyncIterableSource({ [Symbol.asyncIterator]: () => iterator }), 1);
    await job.run(1, 3);

    job.close();

    expect(returned).toBe(1);
  });

  it("does not care for a failure of the iterator once it is closed", async () => {
    let fail: (error: Error) => void = () => {};
    const iterator = {
      next: () =>
        new Promise<IteratorResult<number>>((_, reject) => {
          fail = reject;
        }),
    };
    const job = new ScriptedSourceJob(new AsyncIterableSource({ [Symbol.asyncIterator]: () => iterator }), 1);
    job.readers[0]!.poll(1);
    job.close();

    fail(new Error("aborted"));

    await expect(job.readers[0]!.mailbox.deliverAll()).resolves.toBeUndefined();
  });

  it("calls a function again after a restart", async () => {
    const source = new AsyncIterableSource(() => numbers(3));
    const before = new ScriptedSourceJob(source, 1);
    await before.run(1, 4);
    before.close();

    const after = new ScriptedSourceJob(source, 1, before.snapshot());

    expect(await after.run(10)).toBe(true);
    expect(after.values).toEqual([1, 2, 3]);
  });

  it("fails a restart on a generator that has been used up, instead of ending as if nothing were missing", async () => {
    const source = new AsyncIterableSource(numbers(3));
    const before = new ScriptedSourceJob(source, 1);
    await before.run(1, 4);
    before.close();

    const after = new ScriptedSourceJob(source, 1, before.snapshot());

    await expect(after.run(10)).rejects.toMatchObject({ code: "SOURCE_FAILED", next: "fail" });
  });
});
