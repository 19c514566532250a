import { describe, expect, it } from "vitest";
import { crc32 } from "../codec/crc32.ts";
import { MillraceError } from "../core/errors.ts";
import { FaultyFileSystem, failOnce } from "../filesystem/faulty-file-system.ts";
import { write } from "../filesystem/file-system.contract.ts";
import type { FileSystem } from "../filesystem/file-system.ts";
import { MemoryFileSystem } from "../filesystem/memory-file-system.ts";
import type { CheckpointTarget } from "./checkpoint-storage.ts";
import { FileTaskSnapshotStore, STREAM_CHUNK_BYTES } from "./task-snapshot-store.ts";

const FOLDER: CheckpointTarget = { kind: "folder", uri: "test:/chk-1", inlineBytesMax: 4 };

const storeOn = (fileSystem: FileSystem): FileTaskSnapshotStore =>
  new FileTaskSnapshotStore((uri) => ({ fileSystem, path: uri.slice("test:".length) }));

async function errorOf(promise: Promise<unknown>): Promise<MillraceError> {
  const outcome = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(outcome instanceof MillraceError)) throw new Error(`expected a MillraceError: ${String(outcome)}`);
  return outcome;
}

describe("writing the state of a task", () => {
  it("returns a small stream inline and writes no file", async () => {
    const fileSystem = new MemoryFileSystem();
    const writer = storeOn(fileSystem).openWriter(FOLDER, "count-0");
    writer.append(Uint8Array.of(1, 2));
    writer.append(Uint8Array.of(3, 4));
    expect(writer.pendingBytes).toBe(0);

    const bytes = Uint8Array.of(1, 2, 3, 4);
    expect(await writer.finish()).toEqual({ kind: "inline", bytes, crc32: crc32(bytes) });
    expect(await fileSystem.list("/")).toEqual([]);
  });

  it("writes a larger stream to its file, in order, with a checksum over all of it", async () => {
    const fileSystem = new MemoryFileSystem();
    const writer = storeOn(fileSystem).openWriter(FOLDER, "count-0");
    const bytes = Uint8Array.from({ length: 1000 }, (_, i) => i % 256);
    for (let at = 0; at < 1000; at += 7) writer.append(bytes.subarray(at, at + 7));

    expect(await writer.finish()).toEqual({ kind: "file", file: "count-0", length: 1000, crc32: crc32(bytes) });
    expect(await fileSystem.read("/chk-1/count-0")).toEqual(bytes);
  });

  it("counts the bytes that wait to be written, down to none", async () => {
    const writer = storeOn(new MemoryFileSystem()).openWriter(FOLDER, "count-0");
    writer.append(new Uint8Array(3));
    expect(writer.pendingBytes).toBe(0);
    writer.append(new Uint8Array(100_000));
    writer.append(new Uint8Array(100_000));
    expect(writer.pendingBytes).toBe(200_003);

    // What does not fill a chunk is written at the end.
    await new Promise((resolve) => setImmediate(resolve));
    expect(writer.pendingBytes).toBe(200_003 % STREAM_CHUNK_BYTES);
    await writer.finish();
    expect(writer.pendingBytes).toBe(0);
  });

  it("keeps nothing of what it was given, whatever becomes of that afterwards", async () => {
    const fileSystem = new MemoryFileSystem();
    const store = storeOn(fileSystem);
    for (const [target, length] of [
      [{ kind: "memory", maxStateBytes: 100 }, 3],
      [FOLDER, 3],
      [FOLDER, 3 * STREAM_CHUNK_BYTES],
    ] as const) {
      const bytes = Buffer.alloc(length, 7);
      const writer = store.openWriter(target, "count-0");
      writer.append(bytes);
      bytes.fill(8);
      const written = await writer.finish();
      const [read] = await store.read("test:/chk-1", written, [{ offset: 0, length }]);
      expect(written.crc32).toBe(crc32(Buffer.alloc(length, 7)));
      expect(Buffer.from(read!).equals(Buffer.alloc(length, 7))).toBe(true);
    }
  });

  it("writes one stream after the other through the same chunks, and several at once through their own", async () => {
    const fileSystem = new MemoryFileSystem();
    const store = storeOn(fileSystem);
    const content = (round: number, stream: number): Uint8Array =>
      Uint8Array.from(
        { length: STREAM_CHUNK_BYTES + 1000 * round + stream },
        (_, i) => (i * (round + 3) + stream) % 256,
      );
    for (let round = 0; round < 3; round++) {
      const writers = [0, 1, 2].map((stream) => store.openWriter(FOLDER, `count-${stream}`));
      for (const [stream, writer] of writers.entries()) {
        const bytes = content(round, stream);
        for (let at = 0; at < bytes.length; at += 5000) writer.append(bytes.subarray(at, at + 5000));
      }
      await writers[1]!.abort();
      for (const stream of [0, 2]) {
        const bytes = content(round, stream);
        expect(await writers[stream]!.finish()).toMatchObject({ length: bytes.length, crc32: crc32(bytes) });
        expect(Buffer.compare(await fileSystem.read(`/chk-1/count-${stream}`), bytes)).toBe(0);
      }
    }
  });

  it("shows no part of a file before it is finished, and none after it was given up", async () => {
    const fileSystem = new MemoryFileSystem();
    const writer = storeOn(fileSystem).openWriter(FOLDER, "count-0");
    writer.append(new Uint8Array(100));
    await new Promise((resolve) => setImmediate(resolve));
    expect(await fileSystem.list("/chk-1")).toEqual([]);

    await writer.abort();
    expect(await fileSystem.listTemporary("/chk-1")).toEqual([]);

    const published = storeOn(fileSystem).openWriter(FOLDER, "count-1");
    published.append(new Uint8Array(100));
    await published.finish();
    await published.abort();
    expect(await fileSystem.list("/chk-1")).toEqual([]);
  });

  it("writes nothing that is appended after it was given up", async () => {
    const fileSystem = new MemoryFileSystem();
    const writer = storeOn(fileSystem).openWriter(FOLDER, "count-0");
    await writer.abort();
    writer.append(new Uint8Array(100));
    await writer.abort();
    expect(await fileSystem.list("/")).toEqual([]);
  });

  it("says at the end what went wrong at any step, and leaves nothing", async () => {
    for (let step = 0; step < 3; step++) {
      const inner = new MemoryFileSystem();
      const faulty = new FaultyFileSystem(inner, failOnce(step));
      const writer = storeOn(faulty).openWriter(FOLDER, "count-0");
      writer.append(new Uint8Array(100));
      await new Promise((resolve) => setImmediate(resolve));
      writer.append(new Uint8Array(5));

      const error = await errorOf(writer.finish());
      await writer.abort();

      expect(error.code).toBe("FILE_FAILED");
      expect(error.message).toContain("/chk-1/count-0");
      expect(writer.pendingBytes).toBe(0);
      expect(await inner.list("/chk-1")).toEqual([]);
      expect(await inner.listTemporary("/chk-1")).toEqual([]);
    }
  });

  it("refuses a stream that is too large for memory, with its name, its size and the limit", async () => {
    const store = storeOn(new MemoryFileSystem());
    const target: CheckpointTarget = { kind: "memory", maxStateBytes: 10 };
    const fits = store.openWriter(target, "count-0");
    fits.append(new Uint8Array(10));
    expect(await fits.finish()).toMatchObject({ kind: "inline" });

    const writer = store.openWriter(target, "count-1");
    writer.append(new Uint8Array(6));
    writer.append(new Uint8Array(6));
    const error = await errorOf(writer.finish());

    expect(error.code).toBe("STATE_TOO_LARGE");
    expect(error.facts).toEqual({ name: "count-1", bytes: 12, bytesMax: 10 });
    expect(error.message).toMatch(/one subtask has 12 bytes, more than the 10(.|\n)*FsStateBackend/);
  });

  it("takes no name that would lead out of the checkpoint's folder", () => {
    const store = storeOn(new MemoryFileSystem());
    for (const name of ["../a", "a/b", "..", "", "_metadata"]) {
      expect(() => store.openWriter(FOLDER, name)).toThrow("invariant");
    }
  });
});

describe("reading the state of a task", () => {
  it("answers ranges in their order, whether they touch each other or not", async () => {
    const fileSystem = new FaultyFileSystem(new MemoryFileSystem());
    await write(fileSystem, "/chk-1/count-0", "0123456789");
    fileSystem.calls.length = 0;
    const data = { kind: "file", file: "count-0", length: 10, crc32: 0 } as const;
    const ranges = [
      { offset: 0, length: 2 },
      { offset: 2, length: 3 },
      { offset: 8, length: 2 },
      { offset: 1, length: 0 },
    ];

    const found = await storeOn(fileSystem).read("test:/chk-1", data, ranges);

    expect(found.map((bytes) => new TextDecoder().decode(bytes))).toEqual(["01", "234", "89", ""]);
    expect(fileSystem.calls.map(({ call }) => call)).toEqual(["read", "read", "read"]);
  });

  it("says which file is missing, too short, or asked for more than it has", async () => {
    const fileSystem = new MemoryFileSystem();
    await write(fileSystem, "/chk-1/count-0", "0123");
    const store = storeOn(fileSystem);
    const read = (file: string, length: number, offset: number): Promise<unknown> =>
      store.read("test:/chk-1", { kind: "file", file, length, crc32: 0 }, [{ offset, length: 3 }]);

    for (const [promise, message] of [
      [read("gone", 10, 0), /CHECKPOINT_CORRUPT: \/chk-1\/gone is missing/],
      [read("count-0", 10, 2), /CHECKPOINT_CORRUPT: \/chk-1\/count-0 .* ends at byte 4 where .* byte 5/],
      [read("count-0", 4, 2), /CHECKPOINT_CORRUPT: \/chk-1\/count-0 .* outside its 4 bytes/],
      [
        store.read("x", { kind: "inline", bytes: new Uint8Array(2), crc32: 0 }, [{ offset: 0, length: 3 }]),
        /CHECKPOINT_CORRUPT: x .* outside its 2 bytes/,
      ],
    ] as const) {
      await expect(promise).rejects.toThrow(message);
    }
  });
});
