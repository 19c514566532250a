import { describe, expect, it } from "vitest";
import type { StorageSettings } from "../graph/job-settings.ts";
import { passedOverFolder } from "./passed-over-folder.ts";

const inFiles = (uri: string): StorageSettings => ({ kind: "filesystem", uri, inlineBytesMax: 0 });
const inMemory: StorageSettings = { kind: "jobmanager", maxStateBytes: 1 };

describe("a folder for checkpoints on the command line", () => {
  it("that the program passes over is named together with the one it uses", () => {
    expect(passedOverFolder({ "execution.checkpointing.dir": "file:///a" }, inFiles("file:///b"))).toBe(
      "checkpoints go in file:///b, as the program has it, and not to file:///a of the command line: calls in the program win",
    );
    expect(passedOverFolder({ "state.checkpoints.dir": "file:///a" }, inMemory)).toContain("checkpoints go in memory");
  });

  it.each([
    ["nothing was said", {}, inFiles("file:///b")],
    ["it is the one used", { "execution.checkpointing.dir": "file:///a" }, inFiles("file:///a")],
    ["it is the one used, written otherwise", { "execution.checkpointing.dir": "file:///a" }, inFiles("/a/")],
  ])("is not spoken of where %s", (_name, configuration, storage) => {
    expect(passedOverFolder(configuration, storage)).toBeUndefined();
  });
});
