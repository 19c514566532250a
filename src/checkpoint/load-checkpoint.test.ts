import { beforeEach, describe, expect, it } from "vitest";
import type { MillraceError } from "../core/errors.ts";
import { loadCheckpoint } from "./load-checkpoint.ts";
import { type SampleFolders, sampleFolders } from "./sample-folders.ts";

let resolve: SampleFolders["resolve"];
beforeEach(async () => {
  ({ resolve } = await sampleFolders());
});

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
