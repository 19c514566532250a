import { beforeEach, describe, expect, it } from "vitest";
import type { MillraceError } from "../core/errors.ts";
import { write } from "../filesystem/file-system.contract.ts";
import { MemoryFileSystem } from "../filesystem/memory-file-system.ts";
import type { ResolvedFile } from "../filesystem/resolve.ts";
import { completeFolder } from "./checkpoint-folder.ts";
import { listCheckpoints } from "./list-checkpoints.ts";
import { loadCheckpoint } from "./load-checkpoint.ts";
import { inlineSample, sampleMetadata } from "./sample-metadata.ts";
import { FileTaskSnapshotStore } from "./task-snapshot-store.ts";
import { verifyCheckpoint } from "./verify-checkpoint.ts";

let nowMs: number;
let fileSystem: MemoryFileSystem;
const resolve = (uri: string): ResolvedFile => ({ fileSystem, path: uri.replace(/^memory:\/\//, "") });

beforeEach(async () => {
  nowMs = 0;
  fileSystem = new MemoryFileSystem(() => nowMs);
  await complete("/state/clicks/chk-1", 1);
  await complete("/state/clicks/chk-2", 2);
  nowMs = 9_000;
  await write(fileSystem, "/state/clicks/chk-3/count-0", "half");
  await complete("/saved/savepoint-012345-abcdef", 5, "savepoint");
});

async function complete(path: string, id: number, kind: "checkpoint" | "savepoint" = "checkpoint"): Promise<void> {
  const writer = new FileTaskSnapshotStore(resolve).openWriter(
    { kind: "folder", uri: path, inlineBytesMax: id === 1 ? 20 : 4 },
    "count-0",
  );
  writer.append(Uint8Array.of(1, 2, 3, 4, 5, 6));
  await completeFolder({ fileSystem, path }, sampleMetadata(id, await writer.finish(), { kind }));
}

describe("loading a checkpoint that a person names", () => {
  it.each(["/state/clicks/chk-2", "/state/clicks/chk-2/_metadata", "memory:///state/clicks/chk-2"])(
    "finds it by %s",
    async (named) => {
      const { metadata, location } = await loadCheckpoint(named, resolve);
      expect(metadata.checkpointId).toBe(2);
      expect(location).toBe("memory:///state/clicks/chk-2");
    },
  );

  it.each([
    ["/state/clicks/chk-9", "CHECKPOINT_NOT_FOUND", ["chk-2", "chk-1"]],
    ["/state/clicks/chk-9/_metadata", "CHECKPOINT_NOT_FOUND", ["chk-2", "chk-1"]],
    ["/state/clicks/chk-3", "CHECKPOINT_INCOMPLETE", ["chk-2", "chk-1"]],
    ["/state/clicks", "CHECKPOINT_INCOMPLETE", ["chk-2", "chk-1"]],
    ["/state", "CHECKPOINT_INCOMPLETE", ["chk-2", "chk-1"]],
    ["/state/click/chk-1", "CHECKPOINT_NOT_FOUND", ["chk-2", "chk-1"]],
    ["/nowhere/at/all/chk-1", "CHECKPOINT_NOT_FOUND", []],
  ])("says for %s that it is %s, and what there is nearby", async (named, code, nearby) => {
    const error = await loadCheckpoint(named, resolve).then(
      () => undefined,
      (found: unknown) => found as MillraceError,
    );
    expect(error?.code).toBe(code);
    expect(error?.message).toContain(named);
    expect(error?.facts["nearby"]).toEqual(nearby.map((name) => `memory:///state/clicks/${name}`));
    for (const name of nearby) expect(error?.advice).toContain(`memory:///state/clicks/${name}`);
  });
});

describe("listing checkpoints", () => {
  it("shows all jobs of a folder, newest first, complete or not", async () => {
    const found = await listCheckpoints("/state", resolve);
    expect(found.map(({ jobName, checkpointId, atMs, status }) => [jobName, checkpointId, atMs, status])).toEqual([
      ["clicks", 3, 9_000, "incomplete"],
      ["clicks", 2, 2_050, "complete"],
      ["clicks", 1, 1_050, "complete"],
    ]);
    expect(found[0]).toMatchObject({ stateBytes: 4, problem: undefined });
    expect(found[1]!.stateBytes).toBeGreaterThan(6);
  });

  it("shows one job, savepoints, and nothing where there is nothing", async () => {
    expect(await listCheckpoints("/state/clicks", resolve)).toHaveLength(3);
    expect(await listCheckpoints("/saved", resolve)).toMatchObject([
      { kind: "savepoint", checkpointId: 5, location: "memory:///saved/savepoint-012345-abcdef", status: "complete" },
    ]);
    expect(await listCheckpoints("/nowhere", resolve)).toEqual([]);
  });

  it("says what is wrong with a damaged one", async () => {
    await fileSystem.remove("/state/clicks/chk-2/count-0");
    const [damaged] = (await listCheckpoints("/state", resolve)).filter(({ status }) => status === "damaged");
    expect(damaged).toMatchObject({ jobName: "clicks", checkpointId: 2 });
    expect(damaged?.problem).toMatch(/chk-2\/count-0, the state of "count per page" 1\/2, is missing/);
  });
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
