import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { describeFileSystem, failureOf, write } from "../../../src/filesystem/file-system.contract.ts";
import { S3FileSystem } from "../../../src/filesystem/s3/s3-file-system.ts";
import { PART_BYTES_LEAST, type S3Settings } from "../../../src/filesystem/s3/s3-settings.ts";
import { newFolder, S3_SERVER } from "./s3-server.ts";

const open = (settings: S3Settings = {}): S3FileSystem => new S3FileSystem({ ...S3_SERVER, ...settings });

describeFileSystem("S3", () => ({ fileSystem: open(), root: newFolder(), dispose: () => {} }));

/** Bytes with no pattern as long as a part, so that parts in a wrong order would be seen. */
function unlike(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = 1;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

const digest = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

describe("S3 file system", () => {
  it("uploads a large file in parts, and shows all of it or nothing", async () => {
    const fileSystem = open({ partBytes: PART_BYTES_LEAST });
    const path = `${newFolder()}/large`;
    const bytes = unlike(3 * PART_BYTES_LEAST + 1234);
    const writer = await fileSystem.create(path);
    for (let at = 0; at < bytes.length; at += 700_000) await writer.append(bytes.subarray(at, at + 700_000));
    expect(await fileSystem.stat(path)).toBeUndefined();
    expect(await open().listTemporary(path.slice(0, -"/large".length))).toHaveLength(1);

    await writer.publish();

    expect(digest(await fileSystem.read(path))).toBe(digest(bytes));
    expect(digest(await fileSystem.read(path, { offset: PART_BYTES_LEAST - 5, length: 10 }))).toBe(
      digest(bytes.subarray(PART_BYTES_LEAST - 5, PART_BYTES_LEAST + 5)),
    );
  });

  it("goes on with a file of parts and a tail in another process", async () => {
    const settings = { partBytes: PART_BYTES_LEAST };
    const path = `${newFolder()}/part`;
    const bytes = unlike(2 * PART_BYTES_LEAST + 999);
    const before = await open(settings).openResumable(path);
    await before.append(bytes.subarray(0, PART_BYTES_LEAST + 100));
    const point = structuredClone(await before.persist());
    await before.append(unlike(PART_BYTES_LEAST));
    await before.persist();

    const other = open(settings);
    const after = await other.resume(point);
    await after.append(bytes.subarray(PART_BYTES_LEAST + 100));
    await other.publishResumable(await after.closeForPublish());

    expect(digest(await other.read(path))).toBe(digest(bytes));
    expect(await other.listTemporary(path.slice(0, -"/part".length))).toEqual([]);
  });

  it("leaves nothing of a large file that is given up", async () => {
    const folder = newFolder();
    const fileSystem = open({ partBytes: PART_BYTES_LEAST });
    const writer = await fileSystem.create(`${folder}/large`);
    await writer.append(unlike(2 * PART_BYTES_LEAST));

    await writer.abort();

    expect(await fileSystem.listTemporary(folder)).toEqual([]);
    expect(await fileSystem.stat(`${folder}/large`)).toBeUndefined();
  });

  it("lists and removes more files than one request names", async () => {
    const folder = newFolder();
    const fileSystem = open();
    const names = Array.from({ length: 1_050 }, (_, i) => `${folder}/file-${String(i).padStart(4, "0")}`);
    for (let at = 0; at < names.length; at += 50) {
      await Promise.all(names.slice(at, at + 50).map((name) => write(fileSystem, name, "x")));
    }

    expect((await fileSystem.list(folder)).map(({ path }) => path)).toEqual(names);
    await fileSystem.remove(folder);

    expect(await fileSystem.list(folder)).toEqual([]);
    expect(await fileSystem.stat(folder)).toBeUndefined();
  });

  it("keeps names as they are", async () => {
    const folder = newFolder();
    const fileSystem = open();
    const name = `${folder}/é #%20 +&?x/ü=1`;

    await write(fileSystem, name, "x");

    expect((await fileSystem.list(`${folder}/é #%20 +&?x`)).map(({ path }) => path)).toEqual([name]);
    await fileSystem.remove(name);
    expect(await fileSystem.stat(name)).toBeUndefined();
  });

  it("says that a bucket does not exist", async () => {
    const error = await failureOf(open().list("/millrace-no-such-bucket/a"));

    expect(error.code).toBe("FILE_FAILED");
    expect(error.message).toContain('there is no bucket "millrace-no-such-bucket"');
  });

  it("says that the keys are wrong, for every kind of request", async () => {
    const path = `${newFolder()}/a`;
    const stranger = open({ secretKey: "another-secret" });

    for (const ask of [() => stranger.read(path), () => stranger.stat(path), () => write(stranger, path, "x")]) {
      const error = await failureOf(ask());
      expect(error.code).toBe("FILE_FAILED");
      expect(error.message).toContain("S3 refuses it");
      expect(error.advice).toContain("s3.secret-key");
    }
  });
});
