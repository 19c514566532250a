import { describe, expect, it } from "vitest";
import { describeFileSystem, write } from "./file-system.contract.ts";
import { MemoryFileSystem } from "./memory-file-system.ts";

describeFileSystem("memory", () => {
  const fileSystem = new MemoryFileSystem();
  void fileSystem.makeFolder("/root");
  return { fileSystem, root: "/root", dispose: () => {} };
});

describe("memory file system", () => {
  it("takes the time of modification from the clock it is given", async () => {
    let nowMs = 5;
    const fileSystem = new MemoryFileSystem(() => nowMs);
    await write(fileSystem, "/a", "x");
    nowMs = 9;
    await write(fileSystem, "/b", "x");

    expect((await fileSystem.list("/")).map(({ modifiedMs }) => modifiedMs)).toEqual([5, 9]);
  });

  it("keeps what was written apart from what a reader does with it", async () => {
    const fileSystem = new MemoryFileSystem();
    await write(fileSystem, "/a", "x");
    (await fileSystem.read("/a")).fill(0);

    expect(await fileSystem.read("/a")).toEqual(Uint8Array.of(120));
  });
});
