import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { applyDeltas, DeltaWriter, deltaName, deltaNumber } from "./delta-file.ts";
import type { DbKey, RocksDatabase } from "./rocks-database.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "millrace-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const fileOf = (number: number) => ({ name: deltaName(number), path: join(folder, deltaName(number)), isFinal: true });

/** What a database that had nothing holds afterwards. */
function applied(...numbers: number[]): Map<DbKey, string> {
  const found = new Map<DbKey, string>();
  const database = {
    put: (key: DbKey, value: Uint8Array) => found.set(key, Buffer.from(value).toString("latin1")),
    delete: (key: DbKey) => found.delete(key),
  } as unknown as RocksDatabase;
  const other = { name: "CURRENT", path: "/nowhere", isFinal: false };
  applyDeltas(database, [...numbers.map(fileOf), other]);
  return found;
}

describe("delta files", () => {
  it("hold any writes, in their order", () => {
    const bytes = fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)) });
    const long = fc.integer({ min: 60_000, max: 70_000 }).map((length) => "x".repeat(length));
    const write = fc.record({
      key: fc.oneof({ weight: 20, arbitrary: bytes }, long),
      value: fc.option(fc.oneof({ weight: 20, arbitrary: bytes }, long), { nil: undefined }),
    });
    fc.assert(
      fc.property(fc.array(write, { minLength: 1 }), (writes) => {
        const writer = new DeltaWriter(fileOf(1).path);
        for (const { key, value } of writes) {
          writer.append(key, value === undefined ? undefined : Buffer.from(value, "latin1"));
        }
        writer.finish();

        const expected = new Map<DbKey, string>();
        for (const { key, value } of writes) {
          if (value === undefined) expected.delete(key);
          else expected.set(key, value);
        }
        expect(applied(1)).toEqual(expected);
        expect(statSync(fileOf(1).path).size).toBe(writer.byteCount);
      }),
    );
  });

  it("are applied in the order of their numbers", () => {
    for (const number of [9, 10]) {
      const writer = new DeltaWriter(fileOf(number).path);
      writer.append("key", Buffer.from(String(number)));
      writer.finish();
    }
    expect(applied(10, 9).get("key")).toBe("10");
    expect(["delta-10", "CURRENT", "delta-1.sst"].map(deltaNumber)).toEqual([10, undefined, undefined]);
  });

  it("are refused where they end in the middle of an entry", () => {
    const writer = new DeltaWriter(fileOf(3).path);
    writer.append("key", Buffer.from("value"));
    writer.finish();
    truncateSync(fileOf(3).path, readFileSync(fileOf(3).path).length - 1);
    expect(() => applied(3)).toThrow(/BYTES_CORRUPT: .*delta-3 ends in the middle/);
  });

  it("say which file cannot be written, and leave nothing when they are given up", () => {
    const nowhere = new DeltaWriter(join(folder, "missing", "delta-1"));
    nowhere.append("key", undefined);
    expect(() => nowhere.finish()).toThrow(/FILE_FAILED: could not write .*missing\/delta-1: ENOENT/);

    const writer = new DeltaWriter(fileOf(4).path);
    writer.append("key", Buffer.alloc(100_000));
    writer.abort();
    expect(() => statSync(writer.path)).toThrow(/ENOENT/);
  });
});
