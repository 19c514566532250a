import { describe, expect, it } from "vitest";
import { resolveUri } from "../../filesystem/resolve.ts";
import { ScriptedSourceJob } from "../scripted-job.ts";
import { ScriptedSinkJob } from "../scripted-sink-job.ts";
import { FileSink, type FileSinkOptions } from "./file-sink.ts";
import { FileSource } from "./file-source.ts";
import { memoryFolder, readFolder } from "./test-files.ts";

/** Writers called w0, w1, ... in the order in which they are made. */
function named(options: FileSinkOptions = {}): FileSinkOptions {
  let count = 0;
  return { uniqueName: () => `w${count++}`, ...options };
}

async function unfinished(folder: string): Promise<string[]> {
  const { fileSystem, path } = resolveUri(folder);
  return (await fileSystem.listTemporary(path)).map((file) => file.path.slice(path.length + 1));
}

describe("FileSink: files", () => {
  it("names files by writer, subtask and number", async () => {
    const folder = await memoryFolder();
    const job = new ScriptedSinkJob(FileSink.text(folder, named()), 2, ["a", "b", "c"]);

    await job.finish();

    expect(await readFolder(folder)).toEqual([
      { name: "part-w0-0-0.txt", text: "a\nc\n" },
      { name: "part-w1-1-0.txt", text: "b\n" },
    ]);
  });

  it("writes a JSON value per line", async () => {
    const folder = await memoryFolder();
    const values = [{ city: "Zürich 🌍", n: 1 }, ["line\nbreak"], null];
    const job = new ScriptedSinkJob(FileSink.jsonLines(folder, named()), 1, values);

    await job.finish();

    expect(await readFolder(folder)).toEqual([
      { name: "part-w0-0-0.jsonl", text: '{"city":"Zürich 🌍","n":1}\n["line\\nbreak"]\nnull\n' },
    ]);
  });

  it("makes no file where nothing is written", async () => {
    const folder = await memoryFolder();
    const job = new ScriptedSinkJob(FileSink.text(folder), 2, []);

    await job.checkpoint();
    await job.finish();

    expect(await readFolder(folder)).toEqual([]);
  });

  it("reads back what it wrote, in every format", async () => {
    const values = [
      { id: "1", name: 'a,"b"\r\nc', note: "" },
      { id: "2", name: "Łódź", note: " spaced " },
    ];
    for (const format of ["jsonLines", "csv"] as const) {
      const folder = await memoryFolder();
      await new ScriptedSinkJob(FileSink[format]<unknown>(folder), 1, values).finish();

      const job = new ScriptedSourceJob<unknown>(FileSource[format]<unknown>(folder), 1);
      await job.run(10);

      expect(job.values).toEqual(values);
    }
  });

  it("starts each csv file with the names of its columns, and a resumed one not again", async () => {
    const folder = await memoryFolder();
    const values = [{ id: 1, at: new Date(0), tags: ["x", "y"] }, { id: 2, tags: null, at: undefined }, { id: 3 }];
    const sink = FileSink.csv<unknown>(folder, named());
    const before = new ScriptedSinkJob(sink, 1, values);
    before.write(1);
    await before.checkpoint();
    await before.close();

    const after = new ScriptedSinkJob(sink, 1, values, before.latest);
    await after.finish();

    expect(await readFolder(folder)).toEqual([
      { name: "part-w0-0-0.csv", text: 'id,at,tags\n1,1970-01-01T00:00:00.000Z,"[""x"",""y""]"\n2,,\n3,,\n' },
    ]);
  });

  it("writes chosen csv columns only, without their names where they are not wanted", async () => {
    const folder = await memoryFolder();
    const sink = FileSink.csv<unknown>(folder, { columns: ["b", "a"], header: false, ...named() });

    await new ScriptedSinkJob(sink, 1, [{ a: 1, b: 2, c: 3 }, { a: 4 }]).finish();

    expect(await readFolder(folder)).toEqual([{ name: "part-w0-0-0.csv", text: "2,1\n,4\n" }]);
  });
});

describe("FileSink: records that do not fit", () => {
  const cycle: Record<string, unknown> = {};
  cycle["parts"] = [{ whole: cycle }];

  it.each([
    { value: { order: { items: [{ price: 1 }, { price: 2n }] } }, says: 'field "order.items[1].price" is a bigint' },
    { value: cycle, says: 'field "parts[0].whole" is an object that holds itself' },
    { value: 5n, says: "the record is a bigint" },
    { value: undefined, says: "the record is undefined" },
  ])("says which part JSON cannot hold: $says", async ({ value, says }) => {
    const job = new ScriptedSinkJob<unknown>(FileSink.jsonLines(await memoryFolder()), 1, [value]);

    expect(() => job.write(1)).toThrow(says);
    expect(() => job.writers[0]!.write(value, 0)).toThrow("VALUE_NOT_ENCODABLE");
  });

  it.each([
    { first: { a: 1 }, second: { a: 1, b: 2 }, says: 'a field "b", but the csv file\'s columns are a' },
    { first: { a: 1 }, second: 3, says: "a csv sink was given a number" },
  ])("says what csv cannot hold: $says", async ({ first, second, says }) => {
    const job = new ScriptedSinkJob<unknown>(FileSink.csv<unknown>(await memoryFolder()), 1, [first, second]);
    job.write(1);

    expect(() => job.write(1)).toThrow(says);
  });
});

describe("FileSink: rolling", () => {
  it("closes a file that has reached its length", async () => {
    const folder = await memoryFolder();
    const job = new ScriptedSinkJob(FileSink.text(folder, named({ rolling: { maxBytes: 6 } })), 1, [..."abcdefg"]);

    await job.finish();

    expect((await readFolder(folder)).map((file) => file.text)).toEqual(["a\nb\nc\n", "d\ne\nf\n", "g\n"]);
  });

  it("closes a file that is old enough, so that it appears with the next checkpoint", async () => {
    const folder = await memoryFolder();
    const job = new ScriptedSinkJob(FileSink.text(folder, named({ rolling: { maxAge: "1m" } })), 1, ["a", "b", "c"]);
    job.write(1);
    job.clock.advance(59_000);
    await job.checkpoint();
    expect(await readFolder(folder)).toEqual([]);
    job.write(1);

    job.clock.advance(1_000);
    await job.checkpoint();

    expect(await readFolder(folder)).toEqual([{ name: "part-w0-0-0.txt", text: "a\nb\n" }]);
  });

  it("closes a file that is old enough, however often the job was restored meanwhile", async () => {
    const folder = await memoryFolder();
    const sink = FileSink.text(folder, named({ rolling: { maxAge: "1m" } }));
    const values = ["a", "b", "c"];
    let job = new ScriptedSinkJob(sink, 1, values);
    for (let life = 0; life < 3; life++) {
      job.write(1);
      job.clock.advance(19_000);
      await job.checkpoint();
      job = new ScriptedSinkJob(sink, 1, values, job.latest);
    }
    expect(await readFolder(folder)).toEqual([]);

    job.clock.advance(3_000);
    await job.checkpoint();

    expect(await readFolder(folder)).toEqual([{ name: "part-w0-0-0.txt", text: "a\nb\nc\n" }]);
  });

  it("closes a file that nothing was written to for a while", async () => {
    const folder = await memoryFolder();
    const rolling = { maxAge: "1h", inactivity: "10s" } as const;
    const job = new ScriptedSinkJob(FileSink.text(folder, named({ rolling })), 1, ["a", "b", "c"]);
    for (let i = 0; i < 2; i++) {
      job.write(1);
      job.clock.advance(9_000);
    }
    await job.checkpoint();
    expect(await readFolder(folder)).toEqual([]);

    job.clock.advance(11_000);
    await job.checkpoint();

    expect(await readFolder(folder)).toEqual([{ name: "part-w0-0-0.txt", text: "a\nb\n" }]);
  });

  it("closes files at every checkpoint where that is asked for", async () => {
    const folder = await memoryFolder();
    const job = new ScriptedSinkJob(FileSink.text(folder, named({ rolling: { onCheckpoint: true } })), 1, ["a", "b"]);
    job.write(1);

    await job.checkpoint(1);

    expect(await readFolder(folder)).toEqual([{ name: "part-w0-0-0.txt", text: "a\n" }]);
    expect(job.latest.states).toEqual([]);
  });

  it("goes on with one open file after a restore and finishes the others of a larger job", async () => {
    const folder = await memoryFolder();
    const sink = FileSink.text(folder, named());
    const values = ["a", "b", "c", "d"];
    const before = new ScriptedSinkJob(sink, 3, values);
    before.write(3);
    await before.checkpoint();

    const after = new ScriptedSinkJob(sink, 1, values, before.latest);
    after.write(1);
    await after.checkpoint();

    expect(await readFolder(folder)).toEqual([
      { name: "part-w1-1-0.txt", text: "b\n" },
      { name: "part-w2-2-0.txt", text: "c\n" },
    ]);
    await after.finish();
    expect((await readFolder(folder))[0]).toEqual({ name: "part-w0-0-0.txt", text: "a\nd\n" });
  });
});

describe("FileSink: what is left behind", () => {
  it("removes files that no snapshot names when it is closed early, and keeps those that one does", async () => {
    const folder = await memoryFolder();
    const options = named({ rolling: { maxBytes: 4 } });
    const job = new ScriptedSinkJob(FileSink.text(folder, options), 1, [..."abcdefgh"]);
    job.write(1);
    await job.abandonCheckpoint();
    job.write(4);
    await job.mailbox.deliverAll();
    expect(await unfinished(folder)).toHaveLength(3);

    await job.close();

    expect(await unfinished(folder)).toEqual([expect.stringMatching(/^\.part-w0-0-0\.txt\..+\.inprogress$/)]);
    expect(job.clock.alarmCount).toBe(0);
  });

  it("never takes a file's name again after a restart", async () => {
    const folder = await memoryFolder();
    const sink = FileSink.text(folder, named({ rolling: { onCheckpoint: true } }));
    const before = new ScriptedSinkJob(sink, 1, ["a", "b"]);
    before.write(1);
    await before.checkpoint();

    const after = new ScriptedSinkJob(sink, 1, ["a", "b"], before.latest);
    await after.finish();

    expect((await readFolder(folder)).map((file) => file.name)).toEqual(["part-w0-0-0.txt", "part-w1-0-0.txt"]);
  });

  it("says where the contents are when a file cannot be made visible", async () => {
    const folder = await memoryFolder();
    const job = new ScriptedSinkJob(FileSink.text(folder, named()), 1, ["a"]);
    job.write(1);
    await job.completeCheckpoint(0, true);
    const { fileSystem, path } = resolveUri(folder);
    const [temporary] = await fileSystem.listTemporary(path);
    await fileSystem.remove(temporary!.path);

    const failure = await job.commit().catch((error: unknown) => error);

    expect(failure).toMatchObject({ code: "COMMIT_FAILED", next: "restart", cause: { code: "FILE_NOT_FOUND" } });
    expect((failure as Error).message).toContain(`first 2 bytes of ${temporary!.path}`);
  });

  it("goes on after a crash when a finished file has been taken away meanwhile, and counts it", async () => {
    const folder = await memoryFolder();
    const sink = FileSink.text(folder, named({ rolling: { onCheckpoint: true } }));
    const before = new ScriptedSinkJob(sink, 1, ["a", "b"]);
    before.write(1);
    await before.checkpoint();
    const { fileSystem, path } = resolveUri(folder);
    const [finished] = await fileSystem.list(path);
    await fileSystem.remove(finished!.path);

    const after = new ScriptedSinkJob(sink, 1, ["a", "b"], before.latest);
    await after.start();
    await after.finish();

    expect(after.counters.get("numFilesTakenAway")).toEqual({ count: 1 });
    expect((await readFolder(folder)).map((file) => file.name)).toEqual(["part-w1-0-0.txt"]);
  });

  it("does not look again for files that a commit which failed half-way has published", async () => {
    const folder = await memoryFolder();
    const job = new ScriptedSinkJob(FileSink.text(folder, named({ rolling: { onCheckpoint: true } })), 2, ["a", "b"]);
    job.write(2);
    await job.completeCheckpoint();
    const { fileSystem, path } = resolveUri(folder);
    const hidden = (await fileSystem.listTemporary(path)).at(-1)!.path;
    const contents = await fileSystem.read(hidden);
    await fileSystem.remove(hidden);
    await expect(job.commit()).rejects.toMatchObject({ code: "COMMIT_FAILED" });
    const [published] = await fileSystem.list(path);
    await fileSystem.remove(published!.path);
    await fileSystem.createExclusive(hidden, contents);

    await job.commit();

    expect(await readFolder(folder)).toHaveLength(1);
    expect(job.counters.size).toBe(0);
  });
});

describe("FileSink: pressure", () => {
  it("is unavailable while too much waits for the file system, and wakes the task afterwards", async () => {
    const folder = await memoryFolder();
    const megabyte = "x".repeat(1024 * 1024);
    const job = new ScriptedSinkJob(
      FileSink.text(folder),
      1,
      Array.from({ length: 9 }, () => megabyte),
    );
    const [writer] = job.writers;
    for (let i = 0; i < 8; i++) writer!.write(megabyte, 0);
    expect(writer!.available!()).toBe(false);
    expect(job.wakeCount).toBe(0);

    await job.mailbox.deliverAll();

    expect(writer!.available!()).toBe(true);
    expect(job.wakeCount).toBe(1);
  });

  it("fails the task when its folder cannot be written to", async () => {
    const folder = await memoryFolder({ file: "not a folder" });
    const job = new ScriptedSinkJob(FileSink.text(`${folder}/file`), 1, ["a"]);
    job.write(1);

    await expect(job.mailbox.deliverAll()).rejects.toMatchObject({ code: "FILE_FAILED" });
  });
});
