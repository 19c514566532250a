import { appendFileSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { resolveUri } from "../../filesystem/resolve.ts";
import { ScriptedSourceJob } from "../scripted-job.ts";
import type { AnySource } from "../source.ts";
import { FileSource } from "./file-source.ts";
import { memoryFolder, putFile } from "./test-files.ts";

async function read<T>(source: AnySource<T>): Promise<T[]> {
  const job = new ScriptedSourceJob<T>(source, 1);
  expect(await job.run(10)).toBe(true);
  job.close();
  return job.values;
}

async function failureOf(source: AnySource<unknown>): Promise<unknown> {
  return await new ScriptedSourceJob(source, 1).run(10).then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe("FileSource: which files", () => {
  it("reads a single file", async () => {
    const folder = await memoryFolder({ "a.txt": "one\n", "b.txt": "two\n" });

    expect(await read(FileSource.text(`${folder}/b.txt`))).toEqual(["two"]);
  });

  it("reads folders at any depth, in the order of paths", async () => {
    const folder = await memoryFolder({ "c.txt": "3\n", "b/x/y.txt": "2\n", "a.txt": "1\n" });

    expect(await read(FileSource.text(folder))).toEqual(["1", "2", "3"]);
  });

  it("reads several paths, a file that two of them name once", async () => {
    const folder = await memoryFolder({ "a.txt": "1\n", "b.txt": "2\n" });

    expect(await read(FileSource.text([`${folder}/b.txt`, folder]))).toEqual(["1", "2"]);
  });

  it("passes over hidden, underscored and unfinished files in folders", async () => {
    const folder = await memoryFolder({
      "a.txt": "seen\n",
      ".hidden": "no\n",
      _SUCCESS: "no\n",
      "b.txt.inprogress": "no\n",
      "_temporary/c.txt": "no\n",
    });

    expect(await read(FileSource.text(folder))).toEqual(["seen"]);
  });

  it("finishes on an empty folder and on an empty file", async () => {
    const folder = await memoryFolder({ "a.txt": "" });

    expect(await read(FileSource.text(folder))).toEqual([]);
  });

  it("fails at the start for a path that does not exist, naming it", async () => {
    const failure = await failureOf(FileSource.text("memory:///nowhere/flights"));

    expect(failure).toMatchObject({ code: "FILE_NOT_FOUND" });
    expect((failure as Error).message).toContain('"memory:///nowhere/flights" does not exist');
  });

  it("spreads the splits of one large file over several subtasks", async () => {
    const folder = await memoryFolder({ "a.txt": "0123456789\n".repeat(100) });
    const job = new ScriptedSourceJob(FileSource.text(folder, { splitBytes: 110 }), 2);

    expect(await job.run(3)).toBe(true);

    expect(job.assigned.length).toBe(10);
    expect(new Set(job.assigned.map(({ subtaskIndex }) => subtaskIndex)).size).toBe(2);
    expect(job.values.length).toBe(100);
  });

  it("does not look through the paths again after a restore", async () => {
    const folder = await memoryFolder({ "a.txt": "1\n", "b.txt": "2\n" });
    const source = FileSource.text(folder);
    const before = new ScriptedSourceJob(source, 1);
    await before.deliverNext();
    await before.run(1, 3);
    const snapshot = before.snapshot();
    await putFile(`${folder}/c.txt`, "3\n");

    const after = new ScriptedSourceJob(source, 1, snapshot);
    await after.run(10);

    expect([...before.values, ...after.values]).toEqual(["1", "2"]);
  });

  it("hands out the splits of a lost reader again", async () => {
    const folder = await memoryFolder({ "a.txt": "1\n2\n", "b.txt": "3\n" });
    const job = new ScriptedSourceJob(FileSource.text(folder), 1);
    const [reader] = job.readers;
    await job.run(1, 4);
    const lost = job.snapshot().splits[0]!;
    expect(lost.length).toBeGreaterThan(0);

    job.enumerator.addSplitsBack(lost, 0);
    reader!.reader.close();
    job.enumerator.handleSplitRequest(0);

    expect(job.assigned.at(-1)!.splitId).toBe(lost[0]!.splitId);
  });
});

describe("FileSource: bytes and lines", () => {
  it("reads a file that is larger than its chunks, with records across their borders", async () => {
    const lines = Array.from({ length: 40_000 }, (_, i) => `line ${i} ${"é".repeat(i % 60)}`);
    const folder = await memoryFolder({ "a.txt": lines.join("\n") });

    expect(await read(FileSource.text(folder))).toEqual(lines);
  });

  it("reads a line that is longer than several chunks", async () => {
    const long = "x".repeat(1_500_000);
    const folder = await memoryFolder({ "a.txt": `${long}\nshort\n` });

    expect(await read(FileSource.text(folder))).toEqual([long, "short"]);
  });

  it("leaves out a byte order mark, carriage returns, and blank lines of JSON", async () => {
    const folder = await memoryFolder({ "a.jsonl": '\ufeff{"a":1}\r\n\r\n  \n{"a":2}' });

    expect(await read(FileSource.jsonLines(folder))).toEqual([{ a: 1 }, { a: 2 }]);
  });

  it("fails for a gzip file that is cut off, naming it", async () => {
    const whole = gzipSync(Array.from({ length: 1000 }, (_, i) => `${i}\n`).join(""));
    const folder = await memoryFolder({ "a.txt.gz": whole.subarray(0, whole.length - 20) });

    const failure = await failureOf(FileSource.text(folder));

    expect(failure).toMatchObject({ code: "SOURCE_FAILED" });
    expect((failure as Error).message).toContain(`${folder}/a.txt.gz could not be unpacked: unexpected end of file`);
  });

  it("fails when a file is removed before it is read, instead of taking it for an empty one", async () => {
    const folder = await memoryFolder({ "a.txt": "one\n" });
    const job = new ScriptedSourceJob(FileSource.text(folder), 1);
    await job.deliverNext();
    const { fileSystem, path } = resolveUri(`${folder}/a.txt`);
    await fileSystem.remove(path);

    await expect(job.run(10)).rejects.toThrow(`${folder}/a.txt is no longer there`);
  });

  it("fails when a gzip file unpacks to less than the position to go on from", async () => {
    const folder = await memoryFolder({ "a.txt.gz": gzipSync("one\ntwo\nthree\n") });
    const before = new ScriptedSourceJob(FileSource.text(folder), 1);
    while (before.values.length < 2) await before.run(1, 1).then(() => before.deliverNext());
    await putFile(`${folder}/a.txt.gz`, gzipSync("one\n"));

    const after = new ScriptedSourceJob(FileSource.text(folder), 1, before.snapshot());

    await expect(after.run(10)).rejects.toThrow("now unpacks to 4 bytes less, but was read up to byte 8");
  });

  it("fails when a file is shorter than the position to go on from", async () => {
    const folder = await memoryFolder({ "a.txt": "one\ntwo\nthree\n" });
    const before = new ScriptedSourceJob(FileSource.text(folder), 1);
    while (before.values.length < 2) await before.run(1, 1).then(() => before.deliverNext());
    await putFile(`${folder}/a.txt`, "one\n");

    const after = new ScriptedSourceJob(FileSource.text(folder), 1, before.snapshot());

    await expect(after.run(10)).rejects.toThrow("ends at byte 4, but was read up to byte 8");
  });
});

describe("FileSource: malformed lines", () => {
  const malformed = '{"id":1}\n{"id":2}\n{"id":,"name":"Ada"}\n{"id":4}\n';

  it("fails, naming file, line and column, and showing the line", async () => {
    const folder = await memoryFolder({ "a.jsonl": malformed });

    const failure = await failureOf(FileSource.jsonLines(folder));

    expect(failure).toMatchObject({ code: "MALFORMED_RECORD", next: "fail" });
    expect((failure as Error).message).toContain(`${folder}/a.jsonl line 3, column 7 is malformed: not JSON`);
    expect((failure as Error).message).toContain('{"id":,"name":"Ada"}');
    expect((failure as Error).message).toContain('onError: "skip-and-count"');
  });

  it("counts lines from the start of the file, also in a split that starts in its middle and after a restore", async () => {
    const folder = await memoryFolder({ "a.jsonl": `${'{"id":0}\n'.repeat(40)}oops\n` });
    const source = FileSource.jsonLines(folder, { splitBytes: 100 });
    const middle = await failureOf(source);
    expect((middle as Error).message).toContain("line 41, column 1");

    const before = new ScriptedSourceJob(FileSource.jsonLines(folder), 1);
    while (before.values.length < 20) await before.run(1, 1).then(() => before.deliverNext());
    const after = new ScriptedSourceJob(FileSource.jsonLines(folder), 1, before.snapshot());

    await expect(after.run(10)).rejects.toThrow("line 41, column 1");
  });

  it("counts lines of what a gzip file unpacks to", async () => {
    const folder = await memoryFolder({ "a.jsonl.gz": gzipSync(`${"{}\n".repeat(9)}{]\n`) });

    expect(((await failureOf(FileSource.jsonLines(folder))) as Error).message).toContain(
      "a.jsonl.gz line 10, column 2",
    );
  });

  it("shows only the part of a long line that is around the mistake", async () => {
    const folder = await memoryFolder({ "a.jsonl": `{"a":"${"x".repeat(5000)}", oops, "b":"${"y".repeat(5000)}"}\n` });

    const { message } = (await failureOf(FileSource.jsonLines(folder))) as Error;

    expect(message).toContain("line 1, column 5010");
    expect(message).toMatch(/…x+", oops, "b":"y+…/);
    expect(message.length).toBeLessThan(900);
  });

  it("counts and passes over them when it is told to", async () => {
    const folder = await memoryFolder({ "a.jsonl": malformed });
    const job = new ScriptedSourceJob(FileSource.jsonLines(folder, { onError: "skip-and-count" }), 1);

    expect(await job.run(10)).toBe(true);

    expect(job.values).toEqual([{ id: 1 }, { id: 2 }, { id: 4 }]);
    expect(job.readers[0]!.skippedCount).toBe(1);
  });

  it("hands them on whole when it is told to, with their place", async () => {
    const folder = await memoryFolder({ "a.jsonl": `${malformed}oops\n` });
    const job = new ScriptedSourceJob(FileSource.jsonLines(folder, { onError: "side-output", splitBytes: 20 }), 1);

    expect(await job.run(10)).toBe(true);

    expect(job.values).toEqual([{ id: 1 }, { id: 2 }, { id: 4 }]);
    expect(job.readers[0]!.malformedRecords).toEqual([
      {
        where: `${folder}/a.jsonl line 3, column 7`,
        raw: '{"id":,"name":"Ada"}',
        error: expect.stringContaining("not JSON"),
      },
      { where: `${folder}/a.jsonl line 5, column 1`, raw: "oops", error: expect.stringContaining("not JSON") },
    ]);
  });
});

describe("FileSource: csv", () => {
  it("makes objects with the names of the first line", async () => {
    const folder = await memoryFolder({ "a.csv": "id,name\n1,Ada\n2,Grace\n", "b.csv": "name,id\nEdsger,3\n" });

    expect(await read(FileSource.csv(folder))).toEqual([
      { id: "1", name: "Ada" },
      { id: "2", name: "Grace" },
      { name: "Edsger", id: "3" },
    ]);
  });

  it("takes the names from columns, with or without a first line of names", async () => {
    const folder = await memoryFolder({ "a.csv": "1;Ada\n", "b.csv": "id,name\n1,Ada\n" });
    const columns = ["number", "who"];

    expect(await read(FileSource.csv(`${folder}/a.csv`, { columns, header: false, delimiter: ";" }))).toEqual([
      { number: "1", who: "Ada" },
    ]);
    expect(await read(FileSource.csv(`${folder}/b.csv`, { columns }))).toEqual([{ number: "1", who: "Ada" }]);
    expect(await read(FileSource.csv<string[]>(`${folder}/a.csv`, { header: false, delimiter: ";" }))).toEqual([
      ["1", "Ada"],
    ]);
  });

  it("turns values into the types asked for, and an empty one into null", async () => {
    const folder = await memoryFolder({ "a.csv": "n,b,d,s\n1.5,true,2020-01-01,\n,,2021-01-01,x\n" });
    const types = { n: "number", b: "boolean", d: (text: string) => Date.parse(text) } as const;

    expect(await read(FileSource.csv<unknown>(folder, { types }))).toEqual([
      { n: 1.5, b: true, d: Date.UTC(2020, 0), s: "" },
      { n: null, b: null, d: Date.UTC(2021, 0), s: "x" },
    ]);
  });

  it.each([
    { text: "a,b\n1,2\n3\n", where: "line 3, column 1", reason: "it has 1 values for 2 columns (a, b)" },
    { text: 'a,b\n"x\ny",2\n3,four\n', where: "line 4, column 3", reason: 'column "b": "four" is not a number' },
    { text: 'a,b\n"x\n\ny",no\n', where: "line 4, column 4", reason: 'column "b": "no" is not a number' },
    { text: 'a,b\n"x" y,2\n', where: "line 2, column 4", reason: "text follows the quote that closes a value" },
    { text: 'a,b\n1,2\n1,"2\n3,4\n', where: "line 3, column 3", reason: "a quoted value is not closed" },
  ])("names the place of a mistake: $reason", async ({ text, where, reason }) => {
    const folder = await memoryFolder({ "a.csv": text });

    const failure = await failureOf(FileSource.csv(folder, { types: { b: "number" } }));

    expect(failure).toMatchObject({ code: "MALFORMED_RECORD" });
    expect((failure as Error).message).toContain(`${folder}/a.csv ${where} is malformed: ${reason}`);
  });

  it("refuses a type for a column that does not exist", async () => {
    const folder = await memoryFolder({ "a.csv": "id,name\n1,Ada\n" });

    const failure = await failureOf(FileSource.csv(folder, { types: { nmae: "string" } }));

    expect((failure as Error).message).toContain(
      'types names a column "nmae", but the csv file\'s columns are id, name',
    );
  });
});

describe("FileSource: continuous", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "millrace-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  async function settle(job: ScriptedSourceJob<string>): Promise<string[]> {
    expect(await job.run(10)).toBe(false);
    return job.values;
  }

  it("finds new files every interval, reads each once, and never finishes", async () => {
    const job = new ScriptedSourceJob(FileSource.text(folder, { monitor: "10s" }), 1);
    expect(await settle(job)).toEqual([]);

    writeFileSync(join(folder, "b.txt"), "b\n");
    expect(await settle(job)).toEqual([]);
    job.clock.advance(10_000);
    expect(await settle(job)).toEqual(["b"]);
    writeFileSync(join(folder, "a.txt"), "a\n");
    appendFileSync(join(folder, "b.txt"), "too late\n");
    job.clock.advance(10_000);

    expect(await settle(job)).toEqual(["b", "a"]);
    job.close();
    expect(job.clock.alarmCount).toBe(0);
  });

  it("knows after a restore which files it has read", async () => {
    writeFileSync(join(folder, "a.txt"), "a\n");
    const source = FileSource.text(folder, { monitor: "10s" });
    const before = new ScriptedSourceJob(source, 1);
    await settle(before);
    writeFileSync(join(folder, "b.txt"), "b\n");

    const after = new ScriptedSourceJob(source, 1, before.snapshot());

    expect(await settle(after)).toEqual(["b"]);
  });

  it("reads a growing file on from where it ended, complete lines only", async () => {
    const file = join(folder, "a.log");
    writeFileSync(file, "one\ntw");
    const job = new ScriptedSourceJob(FileSource.text(folder, { monitor: "1s", follow: true }), 1);
    expect(await settle(job)).toEqual(["one"]);

    appendFileSync(file, "o\nthr");
    job.clock.advance(1000);

    expect(await settle(job)).toEqual(["one", "two"]);
  });

  it("goes on in a growing file after a restore, and follows several at once", async () => {
    writeFileSync(join(folder, "a.log"), "a1\n");
    writeFileSync(join(folder, "b.log"), "b1\nb");
    const source = FileSource.text(folder, { monitor: "1s", follow: true });
    const before = new ScriptedSourceJob(source, 1);
    expect(await settle(before)).toEqual(["a1", "b1"]);
    appendFileSync(join(folder, "b.log"), "2\n");
    appendFileSync(join(folder, "a.log"), "a2\n");

    const after = new ScriptedSourceJob(source, 1, before.snapshot());

    expect((await settle(after)).sort()).toEqual(["a2", "b2"]);
  });

  it("fails when a followed file is cut off", async () => {
    const file = join(folder, "a.log");
    writeFileSync(file, "one\ntwo\n");
    const job = new ScriptedSourceJob(FileSource.text(folder, { monitor: "1s", follow: true }), 1);
    await settle(job);

    truncateSync(file, 2);
    job.clock.advance(1000);

    await expect(job.run(10)).rejects.toThrow("ends at byte 2, but was read up to byte 8");
  });

  it("refuses to follow without knowing how often to look", () => {
    expect(() => FileSource.text("x", { follow: true })).toThrow("CONFIG_INVALID");
  });
});
