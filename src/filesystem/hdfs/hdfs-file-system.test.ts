import { afterEach, describe, expect, it } from "vitest";
import { ManualClock } from "../../core/manual-clock.ts";
import { failureOf, text } from "../file-system.contract.ts";
import { HdfsFileSystem } from "./hdfs-file-system.ts";
import { FILE, refusal, type StubAnswer, StubNameNode } from "./stub-name-node.ts";

// The contract of file systems is kept against a real NameNode and DataNode, in test/services/hdfs; here is what those do not do on demand.

let stub: StubNameNode | undefined;
afterEach(() => stub?.stop());

async function folderOf(answer: (operation: string, count: number) => StubAnswer): Promise<string> {
  stub = await StubNameNode.start(answer);
  return `/${stub.authority}/flights`;
}

const newFileSystem = (): HdfsFileSystem => new HdfsFileSystem({ user: "me", clock: new ManualClock() });

describe("HDFS file system", () => {
  it("writes nothing where a file that is to be created exclusively is there already", async () => {
    const folder = await folderOf(() => FILE);

    expect(await newFileSystem().createExclusive(`${folder}/lock`, text("me"))).toBe(false);

    expect(stub!.asked).toEqual(["GETFILESTATUS"]);
  });

  it("says who may not do what, where permission is missing", async () => {
    const folder = await folderOf(() => refusal("AccessControlException"));

    const error = await failureOf(newFileSystem().makeFolder(folder));

    expect(error.code).toBe("FILE_FAILED");
    expect(error.message).toContain(`could not make folder ${folder}`);
    expect(error.advice).toContain('User "me"');
  });

  it("does not take a refusal for an absence", async () => {
    const folder = await folderOf(() => refusal("AccessControlException"));
    const fileSystem = newFileSystem();

    expect((await failureOf(fileSystem.stat(folder))).code).toBe("FILE_FAILED");
    expect((await failureOf(fileSystem.list(folder))).code).toBe("FILE_FAILED");
  });

  it("has published a file that another try has published before", async () => {
    const folder = await folderOf((operation) =>
      operation === "GETFILESTATUS" ? FILE : refusal("FileNotFoundException", 404),
    );
    const point = { target: `${folder}/part`, temporary: `${folder}/.part.00000000.inprogress`, length: 3 };

    await newFileSystem().publishResumable(point);

    expect(stub!.asked).toEqual(["TRUNCATE", "GETFILESTATUS"]);
  });

  it("reads nothing of a file beyond its end, without asking a DataNode", async () => {
    const folder = await folderOf(() => FILE);

    expect(await newFileSystem().read(`${folder}/a`, { offset: 3, length: 10 })).toEqual(new Uint8Array(0));

    expect(stub!.asked).toEqual(["GETFILESTATUS"]);
  });
});
