import { mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import * as machine from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { describeFileSystem, failureOf, read, text } from "./file-system.contract.ts";
import { type LocalDisk, LocalFileSystem } from "./local-file-system.ts";
import { isTemporary } from "./temporary-name.ts";

function linkTarget(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    // The descriptor with which the folder was listed is gone already.
    return undefined;
  }
}

const makeFolder = (): string => mkdtempSync(join(tmpdir(), "millrace-"));

describeFileSystem("local", () => {
  const root = makeFolder();
  return { fileSystem: new LocalFileSystem(), root, dispose: () => rmSync(root, { recursive: true, force: true }) };
});

describe("local file system", () => {
  let root: string;
  beforeEach(() => {
    root = makeFolder();
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it("writes under a recognisable temporary name in the same folder", async () => {
    const fileSystem = new LocalFileSystem(() => "12345678");
    const writer = await fileSystem.create(join(root, "part"));

    expect(readdirSync(root)).toEqual([".part.12345678.inprogress"]);
    expect(isTemporary(join(root, ".part.12345678.inprogress"))).toBe(true);
    await writer.abort();
    expect(readdirSync(root)).toEqual([]);
  });

  it("goes on in a copy, which a writer that was overtaken does not reach", async () => {
    const fileSystem = new LocalFileSystem();
    const overtaken = await fileSystem.openResumable(join(root, "part"));
    await overtaken.append(text("kept"));
    const point = structuredClone(await overtaken.persist());

    const writer = await fileSystem.resume(point);
    await overtaken.append(text(" and something else"));
    await writer.append(text("!"));
    await overtaken.append(text(" and more"));
    const closed = structuredClone(await writer.closeForPublish());
    await fileSystem.publishResumable(closed);
    await fileSystem.publishResumable(closed);

    expect(await read(fileSystem, join(root, "part"))).toBe("kept!");
    expect(readdirSync(root)).toEqual(["part"]);
    await overtaken.closeForPublish().catch(() => {});
  });

  it("leaves what it went on from as it was, when it is abandoned", async () => {
    const fileSystem = new LocalFileSystem();
    const first = await fileSystem.openResumable(join(root, "part"));
    await first.append(text("kept"));
    const point = await first.closeForPublish();

    const second = await fileSystem.resume(point);
    await second.append(text(" lost"));
    await second.abandon?.();

    expect(await fileSystem.listTemporary(root)).toHaveLength(1);
    await fileSystem.publishResumable(point);
    expect(await read(fileSystem, join(root, "part"))).toBe("kept");
  });

  it("lists hidden files that are not its own temporary ones", async () => {
    writeFileSync(join(root, ".hidden"), "x");
    writeFileSync(join(root, "notes.inprogress"), "x");

    const found = await new LocalFileSystem().list(root);

    expect(found.map(({ path }) => path)).toEqual([join(root, ".hidden"), join(root, "notes.inprogress")]);
  });

  it("lets go of a file that cannot be made durable before it is closed", async () => {
    const fileSystem = new LocalFileSystem();
    const folder = join(root, "out");
    const openHere = (): string[] =>
      readdirSync("/proc/self/fd").flatMap((descriptor) => {
        const target = linkTarget(`/proc/self/fd/${descriptor}`);
        return target?.startsWith(folder) ? [target] : [];
      });
    const writer = await fileSystem.openResumable(join(folder, "part"));
    await writer.append(text("x"));
    expect(openHere()).toHaveLength(1);
    // Without its folder the file's name cannot reach the disk.
    rmSync(folder, { recursive: true });

    expect((await failureOf(writer.closeForPublish())).code).toBe("FILE_NOT_FOUND");

    expect(openHere()).toEqual([]);
  });

  it("makes a folder durable that was there already, since who made it may have died before it had", async () => {
    const synced: string[] = [];
    let isFailing = true;
    const disk: LocalDisk = {
      ...machine,
      open: async (path, flags) => {
        const handle = await machine.open(path, flags);
        const sync = handle.sync.bind(handle);
        handle.sync = async () => {
          if (isFailing) throw new Error("simulated");
          synced.push(String(path));
          await sync();
        };
        return handle;
      },
    };
    const folder = join(root, "a", "b");
    await failureOf(new LocalFileSystem(undefined, disk).makeFolder(folder));
    isFailing = false;
    const fileSystem = new LocalFileSystem(undefined, disk);

    await fileSystem.makeFolder(folder);
    const first = synced.splice(0);
    await fileSystem.makeFolder(folder);
    const second = synced.splice(0);
    await fileSystem.remove(join(root, "a"));
    await fileSystem.makeFolder(folder);

    expect(first).toEqual(expect.arrayContaining([root, join(root, "a")]));
    expect(second).toEqual([]);
    expect(synced).toEqual([root, join(root, "a")]);
  });

  it("has published a file that another process publishes at the same moment", async () => {
    const other = new LocalFileSystem();
    const writer = await other.openResumable(join(root, "part"));
    await writer.append(text("kept"));
    const point = await writer.closeForPublish();
    let meetings = 0;
    const disk: LocalDisk = {
      ...machine,
      rename: async (from, to) => {
        meetings++;
        await other.publishResumable(point);
        await machine.rename(from, to);
      },
    };

    await new LocalFileSystem(undefined, disk).publishResumable(point);

    expect(meetings).toBe(1);
    expect(await read(other, join(root, "part"))).toBe("kept");
    expect(readdirSync(root)).toEqual(["part"]);
  });

  it("fails everything after a write that failed, so that no file with a hole is published", async () => {
    const fileSystem = new LocalFileSystem();
    const writer = await fileSystem.create(join(root, "a"));
    await writer.append(text("x"));
    await writer.publish();

    const late = await failureOf(writer.append(text("y")));
    const again = await failureOf(writer.publish());

    expect(late.code).toBe("FILE_FAILED");
    expect(again).toBe(late);
    expect(await read(fileSystem, join(root, "a"))).toBe("x");
  });
});
