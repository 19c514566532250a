import { describe, expect, it } from "vitest";
import { ScriptedSourceJob } from "../scripted-job.ts";
import { sourceContract } from "../source.contract.ts";
import { DataGeneratorSource } from "./data-generator-source.ts";

sourceContract("DataGeneratorSource", () => ({
  source: new DataGeneratorSource({ count: 100, generate: (index) => ({ id: index }) }),
  expected: Array.from({ length: 100 }, (_, id) => ({ id })),
}));

describe("DataGeneratorSource", () => {
  it("gives reader p of P the indexes p, p + P, p + 2P and so on, in order", async () => {
    const job = new ScriptedSourceJob(new DataGeneratorSource({ count: 8, generate: (index) => index }), 3);

    await job.run(2);

    expect(job.readers.map((reader) => reader.values)).toEqual([
      [0, 3, 6],
      [1, 4, 7],
      [2, 5],
    ]);
  });

  it("keeps each old split with its own step after a change of parallelism", async () => {
    const source = new DataGeneratorSource({ count: 12, generate: (index) => index });
    const before = new ScriptedSourceJob(source, 3);
    await before.run(2, 3);

    const after = new ScriptedSourceJob(source, 2, before.snapshot());
    await after.run(100);

    expect(before.readers.map((reader) => reader.values)).toEqual([
      [0, 3],
      [1, 4],
      [2, 5],
    ]);
    expect(after.readers.map((reader) => reader.values)).toEqual([
      [6, 9, 8, 11],
      [7, 10],
    ]);
  });

  it("lets the splits of one reader take turns, so that none falls behind", async () => {
    const source = new DataGeneratorSource({ generate: (index) => index });
    const before = new ScriptedSourceJob(source, 2);

    const after = new ScriptedSourceJob(source, 1, before.snapshot());
    await after.run(2, 4);

    expect(after.values).toEqual([0, 2, 1, 3, 4, 6, 5, 7]);
  });

  it("gives a split to the reader it was made for when the checkpoint held it as not handed out", async () => {
    const source = new DataGeneratorSource({ count: 4, generate: (index) => index });
    const before = new ScriptedSourceJob(source, 2);
    const restored = { ...before.snapshot(), enumerator: notHandedOut(source) };

    const after = new ScriptedSourceJob(source, 2, { ...restored, splits: [] });
    await after.run(10);

    expect(after.readers.map((reader) => reader.values)).toEqual([
      [0, 2],
      [1, 3],
    ]);
  });

  it("emits at the rate asked for, over all readers together", async () => {
    const source = new DataGeneratorSource({ ratePerSecond: 100, generate: (index) => index });
    const job = new ScriptedSourceJob(source, 2);

    for (let ms = 0; ms < 10_000; ms += 10) {
      await job.run(1000);
      job.clock.advance(10);
    }

    expect(job.values.length).toBe(1000);
    expect(job.readers.map((reader) => reader.values.length)).toEqual([500, 500]);
  });

  it("sleeps until the next record is due instead of asking again and again", async () => {
    const source = new DataGeneratorSource({ ratePerSecond: 2, generate: (index) => index });
    const job = new ScriptedSourceJob(source, 1);
    const reader = job.readers[0]!;
    await job.run(10);
    const wakesBefore = reader.wakeCount;

    job.clock.advance(499);
    expect(reader.wakeCount).toBe(wakesBefore);
    job.clock.advance(1);

    expect(reader.wakeCount).toBe(wakesBefore + 1);
    expect(reader.poll(10)).toBe("more");
    expect(reader.values).toEqual([0, 1]);
  });

  it("catches up at most one second after it was held up", async () => {
    const source = new DataGeneratorSource({ ratePerSecond: 10, generate: (index) => index });
    const job = new ScriptedSourceJob(source, 1);

    job.clock.advance(60_000);
    await job.run(1000);

    expect(job.values.length).toBe(10);
  });

  it("leaves no alarm behind when it is closed", async () => {
    const job = new ScriptedSourceJob(new DataGeneratorSource({ ratePerSecond: 1, generate: (index) => index }), 1);
    await job.run(10);
    expect(job.clock.alarmCount).toBe(1);

    job.close();

    expect(job.clock.alarmCount).toBe(0);
  });

  it.each([{ count: -1 }, { count: 1.5 }, { ratePerSecond: 0 }, { ratePerSecond: Number.NaN }])(
    "refuses %o",
    (options) => {
      expect(() => new DataGeneratorSource({ ...options, generate: (index) => index })).toThrow("CONFIG_INVALID");
    },
  );
});

function notHandedOut(source: DataGeneratorSource<number>): unknown {
  const enumerator = source.createEnumerator(
    {
      parallelism: 2,
      sourceName: "generator",
      clock: { nowMs: () => 0, setAlarm: () => () => {} },
      readers: () => [],
      assign: () => {},
      noMoreSplits: () => {},
      sendEvent: () => {},
      runOutside: () => {},
    },
    undefined,
  );
  enumerator.start();
  return structuredClone(enumerator.snapshot(1));
}
