import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { ScriptedSourceJob } from "../scripted-job.ts";
import { sourceContract } from "../source.contract.ts";
import { FileSource } from "./file-source.ts";

const folder = mkdtempSync(join(tmpdir(), "millrace-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let count = 0;
function freshFolder(files: Readonly<Record<string, string | Uint8Array>>): string {
  const path = join(folder, String(count++));
  mkdirSync(path);
  for (const [name, contents] of Object.entries(files)) {
    mkdirSync(join(path, name, ".."), { recursive: true });
    writeFileSync(join(path, name), contents);
  }
  return path;
}

const cities = ["Zürich", "東京", "Łódź", "🌍", "Oslo"];
const records = Array.from({ length: 60 }, (_, id) => ({ id, city: cities[id % 5]!, note: "x".repeat((id * 7) % 40) }));
const asJson = (from: number, to: number): string =>
  records
    .slice(from, to)
    .map((record) => `${JSON.stringify(record)}\n`)
    .join("");

const jsonFolder = freshFolder({ "a.jsonl": asJson(0, 25), "b/c.jsonl": asJson(25, 26), "b/d.jsonl": asJson(26, 60) });
sourceContract("FileSource of JSON lines", () => ({ source: FileSource.jsonLines(jsonFolder), expected: records }));

const oneFile = freshFolder({ "a.jsonl": asJson(0, 60) });
for (const splitBytes of [13, 100]) {
  sourceContract(`FileSource in splits of ${splitBytes} bytes`, () => ({
    source: FileSource.jsonLines(oneFile, { splitBytes }),
    expected: records,
  }));
}

const zipped = freshFolder({ "a.jsonl.gz": gzipSync(asJson(0, 30)), "b.jsonl.gz": gzipSync(asJson(30, 60)) });
sourceContract("FileSource of gzip files", () => ({ source: FileSource.jsonLines(zipped), expected: records }));

const csvText = `id,city,note\r\n${records.map(({ id, city, note }) => `${id},"${city}\n""${id}""",${note}\r\n`).join("")}`;
const csvFolder = freshFolder({ "a.csv": csvText });
sourceContract("FileSource of csv", () => ({
  source: FileSource.csv<Record<string, string | number>>(csvFolder, { types: { id: "number" } }),
  expected: records.map(({ id, city, note }) => ({ id, city: `${city}\n"${id}"`, note })),
}));

const textFolder = freshFolder({ "a.txt": "one\r\n\ntwo\nthree", "b.txt": "\n\nfour\r\n" });
sourceContract("FileSource of text", () => ({
  source: FileSource.text(textFolder),
  expected: ["one", "", "two", "three", "", "", "four"],
}));

describe("FileSource", () => {
  it("emits every line", async () => {
    expect(await read(FileSource.text(textFolder))).toHaveLength(7);
  });
});

async function read<T>(source: FileSource<T>): Promise<T[]> {
  const job = new ScriptedSourceJob<T>(source, 1);
  expect(await job.run(10)).toBe(true);
  job.close();
  return job.values;
}
