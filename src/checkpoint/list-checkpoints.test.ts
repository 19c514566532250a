import { beforeEach, describe, expect, it } from "vitest";
import { listCheckpoints } from "./list-checkpoints.ts";
import { type SampleFolders, sampleFolders } from "./sample-folders.ts";

let fileSystem: SampleFolders["fileSystem"];
let resolve: SampleFolders["resolve"];
beforeEach(async () => {
  ({ fileSystem, resolve } = await sampleFolders());
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

  it("leaves out what a running job removes meanwhile", async () => {
    const statFirst = fileSystem.stat.bind(fileSystem);
    fileSystem.stat = async (path) => {
      // Its `_metadata` has been read by then.
      if (path === "/state/clicks/chk-2/count-0") await fileSystem.remove("/state/clicks/chk-2");
      return statFirst(path);
    };

    const found = await listCheckpoints("/state", resolve);

    expect(found.map(({ checkpointId, status }) => [checkpointId, status])).toEqual([
      [3, "incomplete"],
      [1, "complete"],
    ]);
  });

  it("says what is wrong with a damaged one", async () => {
    await fileSystem.remove("/state/clicks/chk-2/count-0");
    const [damaged] = (await listCheckpoints("/state", resolve)).filter(({ status }) => status === "damaged");
    expect(damaged).toMatchObject({ jobName: "clicks", checkpointId: 2 });
    expect(damaged?.problem).toMatch(/chk-2\/count-0, the state of "count per page" 1\/2, is missing/);
  });
});
