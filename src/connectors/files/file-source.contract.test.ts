import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll } from "vitest";
import { sourceContract } from "../source.contract.ts";
import { FileSource } from "./file-source.ts";
import { memoryFolder } from "./test-files.ts";

const cities = ["Zürich", "東京", "Łódź", "🌍", "Oslo"];
const records = Array.from({ length: 60 }, (_, id) => ({ id, city: cities[id % 5]!, note: "x".repeat((id * 7) % 40) }));

function jsonLines(from: number, to: number): string {
  return records
    .slice(from, to)
    .map((record) => `${JSON.stringify(record)}\n`)
    .join("");
}

const several = await memoryFolder({
  "a.jsonl": jsonLines(0, 25),
  "b/c.jsonl": jsonLines(25, 26),
  "b/d.jsonl": jsonLines(26, 60),
});
sourceContract("FileSource of JSON lines", () => ({ source: FileSource.jsonLines(several), expected: records }));

const one = await memoryFolder({ "a.jsonl": `\ufeff${jsonLines(0, 59)}\r\n\n${JSON.stringify(records[59])}` });
sourceContract("FileSource in splits of less than a line or a few", () => ({
  source: FileSource.jsonLines(one, { splitBytes: 50 }),
  expected: records,
}));

const short = await memoryFolder({ "a.txt": "0\n1\r\n\n22\n\n3" });
for (const splitBytes of [1, 2, 3, 5]) {
  sourceContract(`FileSource in splits of ${splitBytes} bytes`, () => ({
    source: FileSource.text(short, { splitBytes }),
    expected: ["0", "1", "", "22", "", "3"],
  }));
}

const packed = await memoryFolder({
  "a.jsonl.gz": gzipSync(jsonLines(0, 30)),
  // A gzip file may consist of several.
  "b.jsonl.gz": Buffer.concat([gzipSync(jsonLines(30, 40)), gzipSync(jsonLines(40, 60))]),
});
sourceContract("FileSource of gzip files", () => ({ source: FileSource.jsonLines(packed), expected: records }));

const csv = await memoryFolder({
  "a.csv": `id,city,note\r\n${records.map(({ id, city, note }) => `${id},"${city}\n""${id}""",${note}\r\n`).join("")}`,
});
sourceContract("FileSource of csv", () => ({
  source: FileSource.csv<unknown>(csv, { types: { id: "number" } }),
  expected: records.map(({ id, city, note }) => ({ id, city: `${city}\n"${id}"`, note })),
}));

const text = await memoryFolder({ "a.txt": "one\r\n\ntwo\nthree", "b.txt": "\n\nfour\r\n" });
sourceContract("FileSource of text", () => ({
  source: FileSource.text(text),
  expected: ["one", "", "two", "three", "", "", "four"],
}));

const folder = mkdtempSync(join(tmpdir(), "millrace-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
writeFileSync(join(folder, "a.jsonl"), jsonLines(0, 60));
sourceContract("FileSource on a local disk", () => ({
  source: FileSource.jsonLines(folder, { splitBytes: 1000 }),
  expected: records,
}));
