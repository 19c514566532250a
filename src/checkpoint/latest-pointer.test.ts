import { describe, expect, it } from "vitest";
import { RestoreError } from "../core/errors.ts";
import { FaultyFileSystem } from "../filesystem/faulty-file-system.ts";
import { MemoryFileSystem } from "../filesystem/memory-file-system.ts";
import { decodePointer, encodePointer, type LatestPointer, readPointer, writePointer } from "./latest-pointer.ts";

const POINTER: LatestPointer = { epoch: 3, checkpointId: 42, path: "chk-42", completedMs: 1_700_000_000_000 };

describe("the pointer to the latest checkpoint", () => {
  it("is text that a person can read", () => {
    expect(JSON.parse(new TextDecoder().decode(encodePointer(POINTER)))).toEqual({ ...POINTER, checksum: "044e07e6" });
  });

  it("is there as a whole or not at all", async () => {
    const fileSystem = new FaultyFileSystem(new MemoryFileSystem());
    expect(await readPointer(fileSystem, "/job")).toBeUndefined();
    await writePointer(fileSystem, "/job", POINTER);
    fileSystem.plan = (call) => (call === "publish" ? { systemCode: "ENOSPC", when: "before" } : undefined);

    await expect(writePointer(fileSystem, "/job", { ...POINTER, checkpointId: 43, path: "chk-43" })).rejects.toThrow();

    expect(await readPointer(fileSystem, "/job")).toEqual(POINTER);
    expect(await fileSystem.listTemporary("/job")).toEqual([]);
  });

  it("never names another checkpoint, whichever byte is damaged", () => {
    const bytes = encodePointer(POINTER);
    for (let at = 0; at < bytes.byteLength; at++) {
      for (let value = 0; value < 256; value++) {
        const damaged = bytes.slice();
        damaged[at] = value;
        let found: LatestPointer | undefined;
        try {
          found = decodePointer(damaged, "latest");
        } catch (error) {
          expect(error).toBeInstanceOf(RestoreError);
        }
        // A blank for another blank changes nothing.
        if (found !== undefined) expect(found).toEqual(POINTER);
      }
    }
  });
});
