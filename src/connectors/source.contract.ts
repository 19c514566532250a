/**
 * What every source with splits owes: cut off after any record and restored from what it saved, at any parallelism, it emits
 * exactly the records that are missing.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ScriptedSourceJob, type SourceSnapshot } from "./scripted-job.ts";
import type { AnySource } from "./source.ts";

export interface SourceUnderTest<T> {
  readonly source: AnySource<T>;
  /** Every record that it emits, in the order in which one reader emits them, or in any order where `isOrdered` is false. */
  readonly expected: readonly T[];
  readonly isOrdered?: boolean;
}

export function sourceContract<T>(name: string, prepare: () => SourceUnderTest<T>): void {
  describe(`${name} keeps the contract of a source`, () => {
    it("emits every record once and finishes", async () => {
      const { source, expected, isOrdered = true } = prepare();

      const { values, finished } = await runToEnd(source, 1, 7);

      expect(finished).toBe(true);
      expect(expected.length).toBeGreaterThan(0);
      expect(isOrdered ? values : sorted(values)).toEqual(isOrdered ? expected : sorted(expected));
    });

    it("emits every record once at any parallelism", async () => {
      const { source, expected } = prepare();
      await fc.assert(
        fc.asyncProperty(fc.integer({ min: 2, max: 5 }), fc.integer({ min: 1, max: 50 }), async (p, recordsMax) => {
          const { values, finished } = await runToEnd(source, Math.min(p, source.parallelismMax ?? p), recordsMax);
          expect(finished).toBe(true);
          expect(sorted(values)).toEqual(sorted(expected));
        }),
        { numRuns: 10 },
      );
    });

    it("goes on with the very next record wherever it was cut off", async () => {
      const { source, expected, isOrdered = true } = prepare();
      await fc.assert(
        fc.asyncProperty(fc.array(run(), { maxLength: 4 }), async (runs) => {
          const { values, finished } = await runWithCuts(
            source,
            runs.map((one) => ({ ...one, parallelism: 1 })),
          );
          expect(finished).toBe(true);
          expect(isOrdered ? values : sorted(values)).toEqual(isOrdered ? expected : sorted(expected));
        }),
        { numRuns: 40 },
      );
    });

    it("loses and repeats nothing when it is restored at another parallelism", async () => {
      const { source, expected } = prepare();
      await fc.assert(
        fc.asyncProperty(fc.array(run(), { maxLength: 4 }), async (runs) => {
          const within = runs.map((one) => ({
            ...one,
            parallelism: Math.min(one.parallelism, source.parallelismMax ?? one.parallelism),
          }));
          const { values, finished } = await runWithCuts(source, within);
          expect(finished).toBe(true);
          expect(sorted(values)).toEqual(sorted(expected));
        }),
        { numRuns: 40 },
      );
    });

    it("emits nothing that was not asked for", () => {
      const { source } = prepare();
      const job = new ScriptedSourceJob(source, 1);

      job.snapshot();

      expect(job.values).toEqual([]);
      job.close();
    });
  });
}

interface Run {
  readonly parallelism: number;
  readonly recordsMax: number;
  readonly pollsMax: number;
}

function run(): fc.Arbitrary<Run> {
  return fc.record({
    parallelism: fc.integer({ min: 1, max: 4 }),
    recordsMax: fc.integer({ min: 1, max: 20 }),
    pollsMax: fc.integer({ min: 0, max: 40 }),
  });
}

async function runToEnd<T>(
  source: AnySource<T>,
  parallelism: number,
  recordsMax: number,
): Promise<{ values: T[]; finished: boolean }> {
  const job = new ScriptedSourceJob(source, parallelism);
  const finished = await job.run(recordsMax);
  job.close();
  return { values: job.values, finished };
}

/** Runs pieces of `runs`, each restored from where the one before was cut off, and at last to the end. */
async function runWithCuts<T>(source: AnySource<T>, runs: readonly Run[]): Promise<{ values: T[]; finished: boolean }> {
  const values: T[] = [];
  let snapshot: SourceSnapshot | undefined;
  for (const { parallelism, recordsMax, pollsMax } of runs) {
    const job = new ScriptedSourceJob(source, parallelism, snapshot);
    await job.run(recordsMax, pollsMax);
    snapshot = job.snapshot();
    values.push(...job.values);
    job.close();
  }
  const job = new ScriptedSourceJob(source, runs.at(-1)?.parallelism ?? 1, snapshot);
  const finished = await job.run(100);
  values.push(...job.values);
  job.close();
  return { values, finished };
}

function sorted<T>(values: readonly T[]): string[] {
  return values.map((value) => JSON.stringify(value)).sort();
}
