import { describe, expect, it } from "vitest";
import { describeFileSystem, failureOf, read, text, write } from "../../../src/filesystem/file-system.contract.ts";
import { HdfsFileSystem } from "../../../src/filesystem/hdfs/hdfs-file-system.ts";
import { NAME_NODE, newFolder, RPC } from "./hdfs-server.ts";

describeFileSystem("HDFS", () => ({ fileSystem: new HdfsFileSystem(), root: newFolder(), dispose: () => {} }));

describe("HDFS file system", () => {
  it("writes and reads a large file", async () => {
    const fileSystem = new HdfsFileSystem();
    const path = `${newFolder()}/large`;
    const chunk = Buffer.from(Array.from({ length: 1_000_003 }, (_, i) => i % 251));
    const writer = await fileSystem.create(path);
    await Promise.all(Array.from({ length: 20 }, () => writer.append(chunk)));
    await writer.publish();

    expect(await fileSystem.stat(path)).toMatchObject({ length: 20 * chunk.length });
    const middle = await fileSystem.read(path, { offset: 7 * chunk.length, length: chunk.length });
    expect(chunk.equals(middle)).toBe(true);
  });

  it("keeps names as they are", async () => {
    const folder = newFolder();
    const fileSystem = new HdfsFileSystem();
    const name = `${folder}/é #%20 +&?x/ü=1`;

    await write(fileSystem, name, "x");

    expect((await fileSystem.list(`${folder}/é #%20 +&?x`)).map(({ path }) => path)).toEqual([name]);
    await fileSystem.remove(name);
    expect(await fileSystem.stat(name)).toBeUndefined();
  });

  it("goes on with a file once the writer that had it open is gone", async () => {
    const path = `${newFolder()}/part`;
    const fileSystem = new HdfsFileSystem();
    const before = await fileSystem.openResumable(path);
    await before.append(text("kept, and lost"));
    const [temporary] = await fileSystem.listTemporary(path.slice(0, -"/part".length));

    // The file is closed some time later, as HDFS does for a writer whose connection has broken off.
    const resumed = fileSystem.resume({ target: path, temporary: temporary!.path, length: 4 });
    await before.closeForPublish();
    const after = await resumed;
    await after.append(text("!"));
    await fileSystem.publishResumable(await after.closeForPublish());

    expect(await read(fileSystem, path)).toBe("kept!");
  });

  it("understands several NameNodes, of which the first is away", async () => {
    const path = newFolder().replace(NAME_NODE, `127.0.0.1:1,${NAME_NODE}`);
    const fileSystem = new HdfsFileSystem();

    await write(fileSystem, `${path}/a`, "x");

    expect(await read(fileSystem, `${path}/a`)).toBe("x");
  });

  it("says that the port is not the web port", async () => {
    const error = await failureOf(new HdfsFileSystem().read(`/${RPC}/a`));

    expect(error.code).toBe("FILE_FAILED");
    expect(error.advice).toContain("9870");
  });
});
