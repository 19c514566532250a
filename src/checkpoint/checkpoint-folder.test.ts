import { describe, expect, it } from "vitest";
import { FaultyFileSystem } from "../filesystem/faulty-file-system.ts";
import { write } from "../filesystem/file-system.contract.ts";
import { MemoryFileSystem } from "../filesystem/memory-file-system.ts";
import { completeFolder, makeSavepointFolder, readFolder, removeFolder } from "./checkpoint-folder.ts";
import { sampleMetadata } from "./sample-metadata.ts";

const place = (fileSystem = new FaultyFileSystem(new MemoryFileSystem())) => ({ fileSystem, path: "/chk-1" });

describe("the folder of a checkpoint", () => {
  it("is complete once it has its metadata, and counts the bytes it takes", async () => {
    const folder = place();
    await expect(readFolder(folder)).rejects.toThrow("CHECKPOINT_INCOMPLETE");
    await write(folder.fileSystem, "/chk-1/count-0", "0123456789");
    const metadata = sampleMetadata(1, { kind: "file", file: "count-0", length: 10, crc32: 0 });

    const written = await completeFolder(folder, metadata);

    expect(await readFolder(folder)).toEqual(written);
    const { length } = (await folder.fileSystem.stat("/chk-1/_metadata"))!;
    expect(written).toEqual({ metadata, location: "memory:///chk-1", stateBytes: length + 10 });
  });

  it("is not complete when that could not be made durable, although the name had appeared", async () => {
    const folder = place();
    folder.fileSystem.plan = (call) => (call === "publish" ? { systemCode: "EIO", when: "after" } : undefined);
    await expect(completeFolder(folder, sampleMetadata(1))).rejects.toThrow("FILE_FAILED");
    await expect(readFolder(folder)).rejects.toThrow("CHECKPOINT_INCOMPLETE");
  });

  it("stops being complete before anything else of it goes", async () => {
    const folder = place();
    await write(folder.fileSystem, "/chk-1/count-0", "0123456789");
    await completeFolder(folder, sampleMetadata(1));
    folder.fileSystem.plan = (call, path) =>
      call === "remove" && path === "/chk-1" ? { systemCode: "EIO", when: "before" } : undefined;

    await expect(removeFolder(folder)).rejects.toThrow("FILE_FAILED");

    expect((await folder.fileSystem.list("/chk-1")).map(({ path }) => path)).toEqual(["/chk-1/count-0"]);
  });

  it("of a savepoint is named after the job and by chance", async () => {
    const folder = { ...place(), path: "/saved" };
    expect(await makeSavepointFolder(folder, "0123456789abcdef", "aabbccdd-eeff-0011-2233")).toBe(
      "memory:///saved/savepoint-012345-aabbccddeeff",
    );
    expect(await folder.fileSystem.stat("/saved/savepoint-012345-aabbccddeeff")).toMatchObject({ kind: "folder" });
  });
});
