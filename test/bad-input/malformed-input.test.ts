import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MALFORMED_RECORDS, WatermarkStrategy } from "millrace";
import { type CsvSourceOptions, FileSource, type OnMalformed } from "millrace/connectors/files";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { causeText, environment, failureOf, lines, observeJobs } from "./observed-jobs.ts";

observeJobs();

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "millrace-malformed-"));
  writeFileSync(`${folder}/flights.jsonl`, '{"delay":1}\n{"delay":2}\n{"delay":,}\n\n{"delay":4}\n{"delay":5');
  writeFileSync(`${folder}/flights.csv`, 'origin,delay\nSFO,1\n"San\nJose",2\nLAX,late\nJFK,4,5\nOAK,6\n');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Of `reason`, the part that does not depend on the version of Node. */
interface Format {
  readonly name: string;
  readonly source: (onError: OnMalformed) => FileSource<{ delay: number }>;
  readonly delays: readonly number[];
  readonly malformed: readonly {
    readonly line: number;
    readonly column: number;
    readonly raw: string;
    readonly reason: string;
  }[];
}

const CSV: CsvSourceOptions = { types: { delay: "number" } };

const FORMATS: readonly Format[] = [
  {
    name: "JSON lines",
    source: (onError) => FileSource.jsonLines(`${folder}/flights.jsonl`, { onError }),
    delays: [1, 2, 4],
    malformed: [
      {
        line: 3,
        column: 10,
        raw: '{"delay":,}',
        reason: "not JSON (",
      },
      {
        line: 6,
        column: 11,
        raw: '{"delay":5',
        reason: "not JSON (",
      },
    ],
  },
  {
    name: "comma-separated values",
    source: (onError) => FileSource.csv(`${folder}/flights.csv`, { ...CSV, onError }),
    delays: [1, 2, 6],
    malformed: [
      { line: 5, column: 5, raw: "LAX,late", reason: 'column "delay": "late" is not a number' },
      { line: 6, column: 1, raw: "JFK,4,5", reason: "it has 3 values for 2 columns (origin, delay)" },
    ],
  },
];

for (const { name, source, delays, malformed } of FORMATS) {
  const file = (): string => `file://${folder}/flights.${name === "JSON lines" ? "jsonl" : "csv"}`;
  const [first] = malformed;

  describe(`malformed ${name}`, () => {
    it("fail the job with file, line and column, and the line itself", async () => {
      const env = environment();
      env.fromSource(source("fail"), WatermarkStrategy.noWatermarks(), "flights").collect();

      const failure = await failureOf(env.execute("reads"));

      const [what, line, advice] = causeText(failure).split("\n");
      expect(what).toContain(
        `MALFORMED_RECORD: operator "Source: flights" (1/1): ${file()} line ${first!.line}, column ${first!.column} is malformed: ${first!.reason}`,
      );
      expect(line).toBe(`  ${first!.raw}`);
      expect(advice).toBe(
        '  Repair the line, or let the source pass over such lines with onError: "skip-and-count" or "side-output".',
      );
    });

    it("are skipped and counted where the source is told to, and the log says how many", async () => {
      const env = environment();
      const all = env.fromSource(source("skip-and-count"), WatermarkStrategy.noWatermarks(), "flights").collect();

      const result = await env.execute("reads");

      expect(all.values().map(({ delay }) => delay)).toEqual(delays);
      expect(result.counters["Source: flights"]).toMatchObject({ numRecordsSkipped: 2, numRecordsOut: 3 });
      expect(lines).toEqual(['WARN "Source: flights" skipped 2 malformed record(s)']);
    });

    it("go to a side output where the source is told to", async () => {
      const env = environment();
      const flights = env.fromSource(source("side-output"), WatermarkStrategy.noWatermarks(), "flights");
      const all = flights.collect();
      const rest = flights.getSideOutput(MALFORMED_RECORDS).collect();

      await env.execute("reads");

      expect(all.values().map(({ delay }) => delay)).toEqual(delays);
      expect(rest.values()).toEqual(
        malformed.map(({ line, column, raw, reason }) => ({
          where: `${file()} line ${line}, column ${column}`,
          raw,
          error: expect.stringContaining(reason),
        })),
      );
    });
  });
}

it("a file that is not there is refused with its path", async () => {
  const env = environment();
  env.fromSource(FileSource.text(`${folder}/nothing.txt`), WatermarkStrategy.noWatermarks(), "text").collect();

  const failure = await failureOf(env.execute("reads"));

  expect(causeText(failure)).toMatch(/^FILE_NOT_FOUND: .*\/nothing\.txt/);
});
