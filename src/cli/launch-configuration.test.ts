import { describe, expect, it } from "vitest";
import { KNOWN_KEYS } from "../api/configuration/known-keys.ts";
import { addDefinition, launchConfiguration } from "./launch-configuration.ts";

describe("options of the command line", () => {
  it("become configuration keys", () => {
    const configuration = launchConfiguration(
      {
        parallelism: 4,
        checkpointDir: "check points",
        from: "chk-3",
        fresh: true,
        allowNonRestoredState: true,
        define: { "pipeline.name": "a" },
      },
      "/home/ada",
    );

    expect(configuration).toEqual({
      "pipeline.name": "a",
      "parallelism.default": "4",
      "execution.checkpointing.dir": "file:///home/ada/check points",
      "execution.state-recovery.path": "chk-3",
      "execution.state-recovery.ignore-unclaimed-state": "true",
      "millrace.restore.fresh": "true",
    });
  });

  it("become keys that are known", () => {
    const known = new Set(KNOWN_KEYS.map(({ key }) => key));
    const options = { parallelism: 1, checkpointDir: "c", from: "f", fresh: true, allowNonRestoredState: true };
    const all = launchConfiguration({ ...options, define: {} }, "/");

    expect(Object.keys(all).filter((key) => !known.has(key))).toEqual([]);
  });

  it("say nothing where nothing was said", () => {
    expect(launchConfiguration({ define: {} }, "/home/ada")).toEqual({});
  });

  it("leave a URI as it is", () => {
    expect(launchConfiguration({ checkpointDir: "memory:///c", define: {} }, "/home/ada")).toEqual({
      "execution.checkpointing.dir": "memory:///c",
    });
  });

  it("win over -D of the same key", () => {
    expect(launchConfiguration({ parallelism: 2, define: { "parallelism.default": "9" } }, "/home/ada")).toEqual({
      "parallelism.default": "2",
    });
  });
});

describe("-D", () => {
  it("adds a key and keeps what follows the first equals sign", () => {
    expect(addDefinition("b=1=2", { a: "0" })).toEqual({ a: "0", b: "1=2" });
  });

  it("takes an empty value, and the later of two", () => {
    expect(addDefinition("a=", { a: "0" })).toEqual({ a: "" });
  });

  it.each(["a", "=1", ""])("does not take %j", (typed) => {
    expect(addDefinition(typed, {})).toBeUndefined();
  });
});
