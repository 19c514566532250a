import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { FileSystem } from "../../filesystem/file-system.ts";
import { LocalFileSystem } from "../../filesystem/local-file-system.ts";
import { MemoryFileSystem } from "../../filesystem/memory-file-system.ts";
import { FolderLeaderLog } from "./folder-leader-log.ts";
import { sampleRecord } from "./sample-records.ts";

const temporary = mkdtempSync(join(tmpdir(), "millrace-"));
afterAll(() => rmSync(temporary, { recursive: true, force: true }));

describe.each<[string, FileSystem, string]>([
  ["in memory", new MemoryFileSystem(), "/ha"],
  ["on a disk", new LocalFileSystem(), temporary],
])("a leader log %s", (_where, fileSystem, root) => {
  let folders = 0;
  const folder = (): string => join(root, String(folders++));

  it("is empty at first, and then says what was appended last", async () => {
    const log = new FolderLeaderLog(fileSystem, folder());
    expect(await log.newest()).toBeUndefined();

    expect(await log.append(0, sampleRecord(1, "a"))).toBe(true);
    expect(await log.append(1, sampleRecord(1, "a", { state: "released" }))).toBe(true);

    expect(await log.newest()).toEqual({ number: 2, record: sampleRecord(1, "a", { state: "released" }) });
  });

  it("takes one of several that are appended at once", async () => {
    const log = new FolderLeaderLog(fileSystem, folder());
    await log.append(0, sampleRecord(1, "a"));

    const taken = await Promise.all(["b", "c", "d", "e"].map((token) => log.append(1, sampleRecord(2, token))));

    expect(taken.filter(Boolean)).toHaveLength(1);
    expect((await log.newest())?.record?.leader.token).toBe(["b", "c", "d", "e"][taken.indexOf(true)]);
  });

  it("keeps a few records, and takes none behind one that it has removed since", async () => {
    const path = folder();
    const log = new FolderLeaderLog(fileSystem, path);
    for (let number = 0; number < 30; number++) await log.append(number, sampleRecord(1, "a"));
    expect((await fileSystem.list(path)).length).toBeLessThan(12);

    expect(await log.append(3, sampleRecord(4, "slow"))).toBe(false);

    expect(await log.newest()).toEqual({ number: 30, record: sampleRecord(1, "a") });
  });

  it("says that it cannot read a record that somebody has changed", async () => {
    const path = folder();
    await fileSystem.createExclusive(`${path}/leader.7`, new TextEncoder().encode("{}"));

    expect(await new FolderLeaderLog(fileSystem, path).newest()).toEqual({ number: 7, record: undefined });
  });

  it("does not begin anew in place of a folder that was taken away", async () => {
    const path = folder();
    const log = new FolderLeaderLog(fileSystem, path);
    await log.append(0, sampleRecord(1, "a"));
    await fileSystem.remove(path);

    await expect(log.append(1, sampleRecord(1, "a"))).rejects.toThrow(/record 1, which was there, is gone/);

    expect(await fileSystem.list(path)).toEqual([]);
  });
});
