import { beforeEach, describe, expect, it } from "vitest";
import { write } from "../filesystem/file-system.contract.ts";
import { completeFolder } from "./checkpoint-folder.ts";
import { type SampleFolders, sampleFolders } from "./sample-folders.ts";
import { inlineSample, sampleMetadata } from "./sample-metadata.ts";
import { verifyCheckpoint } from "./verify-checkpoint.ts";

let fileSystem: SampleFolders["fileSystem"];
let resolve: SampleFolders["resolve"];
beforeEach(async () => {
  ({ fileSystem, resolve } = await sampleFolders());
});

describe("verifying a checkpoint", () => {
  it("finds nothing wrong with what is right, inline or in files", async () => {
    expect(await verifyCheckpoint("/state/clicks/chk-1", resolve)).toEqual([]);
    expect(await verifyCheckpoint("/state/clicks/chk-2/_metadata", resolve)).toEqual([]);
  });

  it("notices a file with other content, of other length, and one that is missing", async () => {
    await write(fileSystem, "/state/clicks/chk-2/count-0", "123456");
    expect(await verifyCheckpoint("/state/clicks/chk-2", resolve)).toEqual([
      '/state/clicks/chk-2/count-0: the state of "count per page" 1/2 does not match its checksum.',
    ]);
    await write(fileSystem, "/state/clicks/chk-2/count-0", "12345");
    expect(await verifyCheckpoint("/state/clicks/chk-2", resolve)).toEqual([
      expect.stringContaining("has 5 bytes instead of 6"),
    ]);
    await fileSystem.remove("/state/clicks/chk-2/count-0");
    expect(await verifyCheckpoint("/state/clicks/chk-2", resolve)).toEqual([expect.stringContaining("is missing")]);
  });

  it("notices inline state whose checksum is another", async () => {
    const data = { ...inlineSample([1, 2]), crc32: 7 };
    await completeFolder({ fileSystem, path: "/state/clicks/chk-4" }, sampleMetadata(4, data));
    expect(await verifyCheckpoint("/state/clicks/chk-4", resolve)).toEqual([
      expect.stringContaining("_metadata: the state of"),
    ]);
  });

  it("says that a checkpoint is incomplete, or that there is none", async () => {
    expect(await verifyCheckpoint("/state/clicks/chk-3", resolve)).toEqual([
      expect.stringContaining("has no _metadata"),
    ]);
    expect(await verifyCheckpoint("/state/clicks/chk-9", resolve)).toEqual([
      expect.stringContaining("there is no checkpoint"),
    ]);
  });
});
