import { describe, expect, it } from "vitest";
import type { OperatorStateSnapshot } from "../operator-state-backend.ts";
import { HeapOperatorStateBackend } from "./heap-operator-state-backend.ts";

const restored = (
  subtasks: readonly (readonly OperatorStateSnapshot[])[],
  subtaskIndex = 0,
  parallelism = 1,
): HeapOperatorStateBackend => {
  const backend = new HeapOperatorStateBackend("files");
  backend.restore(subtasks, subtaskIndex, parallelism);
  return backend;
};

describe("HeapOperatorStateBackend", () => {
  it("keeps lists and maps through a snapshot", () => {
    const backend = new HeapOperatorStateBackend("files");
    const splits = backend.list<{ path: string }>("splits");
    const offsets = backend.unionList<number>("offsets");
    const rules = backend.broadcast<unknown, string>("rules");
    splits.addAll([{ path: "a" }, { path: "b" }]);
    offsets.add(7);
    rules.put(["eu", 1], "x");
    rules.put("us", "y");

    const snapshot = backend.snapshot();
    splits.clear();
    rules.put("us", "changed");

    const copy = restored([snapshot]);
    expect(copy.list("splits").get()).toEqual([{ path: "a" }, { path: "b" }]);
    expect(copy.unionList("offsets").get()).toEqual([7]);
    const again = copy.broadcast<unknown, string>("rules");
    expect([...again.entries()]).toEqual([[["eu", 1], "x"], ["us", "y"]]); // biome-ignore format: one line
    expect(again.get(["eu", 1])).toBe("x");
    again.remove(["eu", 1]);
    expect(again.contains(["eu", 1])).toBe(false);
    expect([...again.keys()]).toEqual(["us"]);
    again.clear();
    expect(again.isEmpty()).toBe(true);
  });

  it("describes the types of what it saves", () => {
    const backend = new HeapOperatorStateBackend("files");
    backend.list<number>("numbers").add(1);
    backend.broadcast<string, boolean>("flags").put("x", true);
    backend.list("declared", { schema: { type: "string" } });
    expect(backend.snapshot().map(({ schema }) => schema)).toEqual([
      { type: "number" },
      { type: "map", keys: { type: "string" }, values: { type: "boolean" } },
      { type: "string" },
    ]);
  });

  it("gives each new subtask its part", () => {
    const [first, second] = [[1, 2, 3], [4]].map((items) => {
      const backend = new HeapOperatorStateBackend("files");
      backend.list<number>("splits").addAll(items);
      backend.unionList<number>("all").addAll(items);
      return backend.snapshot();
    });
    const parts = [0, 1, 2].map((subtask) => {
      const backend = restored([first!, second!], subtask, 3);
      return [backend.list("splits").get(), backend.unionList("all").get()];
    });
    const all = [1, 2, 3, 4];
    expect(parts).toEqual([[[1, 4], all], [[2], all], [[3], all]]); // biome-ignore format: one line
  });

  it("saves again what nobody has opened", () => {
    const backend = new HeapOperatorStateBackend("files");
    backend.list<number>("splits").add(1);
    const snapshot = backend.snapshot();
    expect(
      restored([restored([snapshot]).snapshot()])
        .list("splits")
        .get(),
    ).toEqual([1]);
  });

  it("refuses state of another mode or type, naming both", () => {
    const backend = new HeapOperatorStateBackend("files");
    backend.list<{ path: string }>("splits").add({ path: "a" });
    const snapshot = backend.snapshot();
    expect(() => restored([snapshot]).unionList("splits")).toThrow(
      /STATE_INCOMPATIBLE: operator state "splits" of operator "files" is split state in the snapshot and union state/,
    );
    const schema = { type: "object", fields: { path: { type: "number" } } } as const;
    expect(() => restored([snapshot]).list("splits", { schema })).toThrow(/field "path": was string, is number/);
  });

  it("migrates items and values that do not fit the declared type, once, and drops what becomes of nothing", () => {
    const backend = new HeapOperatorStateBackend("files");
    backend.list<string>("splits").addAll(["1", "none", "3"]);
    backend.broadcast<string, string>("rules").putAll([["a", "1"], ["b", "none"]]); // biome-ignore format: one line
    const schema = { type: "number" } as const;
    const migrate = (old: unknown) => (old === "none" ? null : Number(old) * 10);

    const migrated = restored([backend.snapshot()]);
    migrated.list("splits", { schema, migrate });
    migrated.broadcast("rules", { schema, migrate });
    const again = restored([migrated.snapshot()]);

    expect(again.list("splits", { schema, migrate }).get()).toEqual([10, 30]);
    expect([...again.broadcast("rules", { schema, migrate }).entries()]).toEqual([["a", 10]]);
    expect(() => again.list("more", { migrate })).toThrow(/CONFIG_INVALID.*no schema/);
  });

  it("refuses two states of one name, and elements that are null", () => {
    const backend = new HeapOperatorStateBackend("files");
    const list = backend.list<unknown>("splits");
    expect(() => backend.broadcast("splits")).toThrow(expect.objectContaining({ code: "STATE_DUPLICATE" }));
    expect(() => list.addAll([1, null])).toThrow(expect.objectContaining({ code: "VALUE_NOT_ENCODABLE" }));
    expect(list.get()).toEqual([]);
  });
});
