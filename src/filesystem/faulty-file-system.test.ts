import { describe, expect, it } from "vitest";
import { FaultyFileSystem, failFrom, failOnce } from "./faulty-file-system.ts";
import { describeFileSystem, failureOf, read, write } from "./file-system.contract.ts";
import { MemoryFileSystem } from "./memory-file-system.ts";

describeFileSystem("faulty, without faults", () => {
  const inner = new MemoryFileSystem();
  void inner.makeFolder("/root");
  return { fileSystem: new FaultyFileSystem(inner), root: "/root", dispose: () => {} };
});

describe("faulty file system", () => {
  it("fails the call of choice as a full disk does, and only that one", async () => {
    const faulty = new FaultyFileSystem(new MemoryFileSystem(), failOnce(1));

    const error = await failureOf(write(faulty, "/a", "x"));
    await write(faulty, "/a", "y");

    expect(error.code).toBe("FILE_FAILED");
    expect(error.message).toContain("The disk is full: free space");
    expect(faulty.calls.slice(0, 3).map(({ call }) => call)).toEqual(["create", "append", "abort"]);
    expect(await read(faulty, "/a")).toBe("y");
  });

  it("fails everything from a call on", async () => {
    const faulty = new FaultyFileSystem(new MemoryFileSystem(), failFrom(2));

    await failureOf(write(faulty, "/a", "x"));

    await failureOf(faulty.list("/"));
    expect(faulty.calls.map(({ call }) => call)).toEqual(["create", "append", "publish", "abort", "list"]);
  });

  it("can lose the answer of a call that did its work", async () => {
    const inner = new MemoryFileSystem();
    const faulty = new FaultyFileSystem(inner, (call) =>
      call === "publish" ? { systemCode: "EIO", when: "after" } : undefined,
    );

    await failureOf(write(faulty, "/a", "x"));

    expect(await read(inner, "/a")).toBe("x");
  });
});
