import { describe, expect, it } from "vitest";
import { describeFileSystem, failureOf, read, text, write } from "../file-system.contract.ts";
import { MemoryObjectStore } from "./memory-object-store.ts";
import { S3FileSystem } from "./s3-file-system.ts";

describeFileSystem("S3, over a bucket in memory", () => ({
  fileSystem: new S3FileSystem({}, { store: new MemoryObjectStore() }),
  root: "/bucket/root",
  dispose: () => {},
}));

describeFileSystem("S3, over a bucket in memory, in parts of two bytes", () => ({
  fileSystem: new S3FileSystem({ partBytes: 2 }, { store: new MemoryObjectStore() }),
  root: "/bucket/root",
  dispose: () => {},
}));

/** Two processes that write to one bucket, in parts of four bytes. */
function twoProcesses(): { store: MemoryObjectStore; first: S3FileSystem; second: S3FileSystem } {
  const store = new MemoryObjectStore();
  const open = (): S3FileSystem => new S3FileSystem({ partBytes: 4 }, { store });
  return { store, first: open(), second: open() };
}

describe("S3 file system", () => {
  it("puts a small file at once", async () => {
    const store = new MemoryObjectStore();

    await write(new S3FileSystem({}, { store }), "/bucket/a", "x");

    expect(store.calls.filter((call) => call === "put")).toHaveLength(1);
    expect(store.calls).not.toContain("beginUpload");
  });

  it("shows another process a large file that is being written, which it can remove", async () => {
    const { store, first, second } = twoProcesses();
    const writer = await first.create("/bucket/f/a");
    await writer.append(text("0123456789"));

    const [found] = await second.listTemporary("/bucket/f");
    expect(await second.list("/bucket/f")).toEqual([]);
    await second.remove(found!.path);

    expect(store.uploads.size).toBe(0);
    expect(await second.listTemporary("/bucket/f")).toEqual([]);
    expect((await failureOf(writer.publish())).code).toBe("FILE_NOT_FOUND");
    expect(await second.stat("/bucket/f/a")).toBeUndefined();
  });

  it("lets a process that was overtaken write over nothing of those that have gone on, from whichever point", async () => {
    const { store, first, second } = twoProcesses();
    const overtaken = await first.openResumable("/bucket/f/a");
    await overtaken.append(text("AAAAaa"));
    const point = await overtaken.persist();
    const alsoOvertaken = await first.resume(point);
    const next = await second.resume(point);
    const parts = async (writer: typeof next, letter: string): Promise<void> => {
      for (let part = 0; part < 3; part++) await writer.append(text(letter.repeat(4)));
      await writer.persist();
    };

    await parts(next, "B");
    await parts(alsoOvertaken, "C");
    await parts(overtaken, "D");
    const again = await second.resume(await next.persist());
    await again.append(text("EEEEE"));
    await parts(overtaken, "D");
    const end = await again.closeForPublish();
    await second.publishResumable(end);

    expect(await read(second, "/bucket/f/a")).toBe("AAAAaaBBBBBBBBBBBBEEEEE");
    expect(store.uploads.size).toBe(0);
    expect(await second.listTemporary("/bucket/f")).toEqual([]);
  });

  it("leaves nothing of files that were being written in a folder that is removed", async () => {
    const { store, first, second } = twoProcesses();
    const large = await first.create("/bucket/f/large");
    await large.append(text("0123456789"));
    const resumable = await first.openResumable("/bucket/f/below/resumable");
    await resumable.append(text("01234"));
    await resumable.persist();
    await write(first, "/bucket/fine", "stays");

    await second.remove("/bucket/f");

    expect([...store.objects.keys()]).toEqual(["fine"]);
    expect(store.uploads.size).toBe(0);
  });

  it("still lists a folder of which an upload could not be removed", async () => {
    const { store, first, second } = twoProcesses();
    await first.makeFolder("/bucket/jobs/chk-2");
    await (await first.create("/bucket/jobs/chk-2/_metadata")).append(text("longer than a part"));
    store.before = (call) => {
      if (call === "abortUpload") throw new Error("not now");
    };
    expect((await failureOf(second.remove("/bucket/jobs/chk-2"))).code).toBe("FILE_FAILED");
    store.before = () => {};

    const [left] = await second.list("/bucket/jobs");
    await second.remove(left!.path);

    expect(left!.path).toBe("/bucket/jobs/chk-2");
    expect(store.uploads.size + store.objects.size).toBe(0);
  });

  it("does not bring back a small file whose folder was removed while it was written", async () => {
    const store = new MemoryObjectStore();
    const fileSystem = new S3FileSystem({}, { store });
    const writer = await fileSystem.create("/bucket/f/a");
    await writer.append(text("x"));

    await fileSystem.remove("/bucket/f");

    expect((await failureOf(writer.publish())).code).toBe("FILE_FAILED");
    expect(store.objects.size).toBe(0);
  });

  it("lists a file of several checkpoints as one unfinished file", async () => {
    const { first, second } = twoProcesses();
    const writer = await first.openResumable("/bucket/f/a");
    await writer.append(text("01234"));
    const { temporary } = await writer.persist();
    await writer.append(text("5"));
    await writer.persist();

    expect((await second.listTemporary("/bucket/f")).map(({ path }) => path)).toEqual([temporary]);
    expect(await second.list("/bucket/f")).toEqual([]);
  });

  it("goes on from any point, in any order, until the file is published", async () => {
    const { store, first, second } = twoProcesses();
    const writer = await first.openResumable("/bucket/a");
    await writer.append(text("0123456"));
    const early = await writer.persist();
    await writer.append(text("789abcdef"));
    const late = await writer.persist();

    const fromLate = await second.resume(structuredClone(late));
    await fromLate.append(text("!"));
    await fromLate.persist();
    const fromEarly = await second.resume(structuredClone(early));
    expect(fromEarly.length).toBe(7);
    await fromEarly.append(text("-other"));
    await second.publishResumable(await fromEarly.closeForPublish());

    expect(await read(first, "/bucket/a")).toBe("0123456-other");
    expect([...store.objects.keys()]).toEqual(["a"]);
    expect((await failureOf(second.resume(late))).code).toBe("FILE_NOT_FOUND");
  });

  it("has the same point, without writing again, where nothing was appended since", async () => {
    const { store, first } = twoProcesses();
    const writer = await first.openResumable("/bucket/a");
    await writer.append(text("01"));
    const point = await writer.persist();
    const calls = store.calls.length;

    expect(await writer.persist()).toEqual(point);
    expect(store.calls).toHaveLength(calls);
  });

  it("publishes once, also where the answer was lost, or the tails could not be removed", async () => {
    const { store, first, second } = twoProcesses();
    const writer = await first.openResumable("/bucket/a");
    await writer.append(text("012345"));
    const point = await writer.closeForPublish();
    store.before = (call) => {
      if (call === "delete") throw new Error("not now");
    };

    await first.publishResumable(point);
    expect(store.objects.size).toBe(2);
    store.before = () => {};
    await second.publishResumable(point);

    expect(await read(second, "/bucket/a")).toBe("012345");
    expect([...store.objects.keys()]).toEqual(["a"]);
    // Whoever waited for it has taken it.
    await second.remove("/bucket/a");
    expect((await failureOf(second.publishResumable(point))).code).toBe("FILE_NOT_FOUND");
    expect(store.objects.size).toBe(0);
  });

  it("has published a file that another process publishes at the same moment", async () => {
    const { store, first, second } = twoProcesses();
    const writer = await first.openResumable("/bucket/a");
    await writer.append(text("012345"));
    const point = await writer.closeForPublish();
    let meetings = 0;
    store.before = async (call) => {
      if (call !== "uploadPart" || meetings++ > 0) return;
      await second.publishResumable(point);
    };

    await first.publishResumable(point);

    expect(meetings).toBe(2);
    expect(await read(first, "/bucket/a")).toBe("012345");
    expect([...store.objects.keys()]).toEqual(["a"]);
  });

  it("has published a large file when only the answer was lost", async () => {
    const store = new MemoryObjectStore();
    const fileSystem = new S3FileSystem({ partBytes: 4 }, { store });
    const complete = store.completeUpload.bind(store);
    // The first try succeeds without an answer; of the second, the SDK hears that there is no such upload.
    store.completeUpload = async (...upload) => {
      await complete(...upload);
      return complete(...upload);
    };

    await write(fileSystem, "/bucket/a", "0123456789");

    expect(await read(fileSystem, "/bucket/a")).toBe("0123456789");
  });

  it("looks at the folders above a file once", async () => {
    const store = new MemoryObjectStore();
    const fileSystem = new S3FileSystem({}, { store });
    await write(fileSystem, "/bucket/a/b/one", "x");
    const heads = store.calls.filter((call) => call === "head").length;

    await write(fileSystem, "/bucket/a/b/two", "x");

    expect(store.calls.filter((call) => call === "head")).toHaveLength(heads);
  });
});
