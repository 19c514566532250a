import { describe, expect, it } from "vitest";
import { listState, mapState, reducingState, valueState } from "../state/descriptors.ts";
import { HeapOperatorStateBackend } from "../state/heap/heap-operator-state-backend.ts";
import { type DiffOptions, diffSnapshots, type SnapshotChange } from "./diff-snapshots.ts";
import { type SampleOperator, sampleDisk, writeSample } from "./sample-snapshot.ts";
import { SnapshotBuilder } from "./snapshot-builder.ts";
import { openSnapshot } from "./snapshot-reader.ts";

type Fill = SampleOperator["fill"];

function counts(fill: Fill, rest: Partial<SampleOperator> = {}): SampleOperator {
  return { uid: "counts", name: "count per user", parallelism: 1, fill, ...rest };
}

/** Ten keys with a value each, from which `change` makes another state. */
function values(change: (values: Map<string, unknown>) => void = () => {}, parallelism = 1): SampleOperator {
  const all = new Map<string, unknown>(Array.from({ length: 10 }, (_, index) => [`user-${index}`, { seen: index }]));
  change(all);
  const fill: Fill = (backend, owns) => {
    const seen = backend.open("seen", valueState<unknown>());
    for (const [key, value] of all) {
      if (!owns(key)) continue;
      backend.setCurrentKey(key);
      seen.update(value);
    }
  };
  return counts(fill, { parallelism });
}

async function diff(
  before: readonly SampleOperator[],
  after: readonly SampleOperator[],
  options: DiffOptions = {},
): Promise<SnapshotChange[]> {
  const disk = sampleDisk();
  await writeSample(disk, "/chk-1", before);
  await writeSample(disk, "/chk-2", after);
  const found: SnapshotChange[] = [];
  const [first, second] = [await openSnapshot("/chk-1", disk.resolve), await openSnapshot("/chk-2", disk.resolve)];
  for await (const change of diffSnapshots(first, second, options)) found.push(change);
  return found;
}

describe("two snapshots", () => {
  it("with the same state do not differ, whatever their parallelism", async () => {
    expect(await diff([values()], [values(() => {}, 3)])).toEqual([]);
  });

  it("differ in keys that were added, removed and changed", async () => {
    const changed = values((all) => {
      all.delete("user-3");
      all.set("user-4", { seen: 44 });
      all.set("user-11", { seen: 11 });
    }, 2);

    const changes = await diff([values()], [changed]);

    expect(changes).toHaveLength(3);
    expect(changes).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ change: "removed", key: "user-3", before: { seen: 3 } }),
        expect.objectContaining({ change: "changed", key: "user-4", before: { seen: 4 }, after: { seen: 44 } }),
        expect.objectContaining({ change: "added", key: "user-11", after: { seen: 11 }, state: "seen" }),
      ]),
    );
  });

  it("differ in operators, in states, and in their types", async () => {
    const other = { ...values(), uid: "more", name: "more" };
    const lists = counts((backend) => {
      backend.setCurrentKey("a");
      backend.open("pages", listState<string>()).add("/");
      backend.open("seen", valueState<string>()).update("x");
    });
    const numbers = counts((backend) => {
      backend.setCurrentKey("a");
      backend.open("seen", valueState<number>()).update(1);
    });

    const changes = await diff([numbers, other], [lists, { ...other, uid: "most", name: "most" }]);

    expect(changes.map(({ change, what, operator, state }) => [change, what, operator, state])).toEqual([
      ["changed", "type", "counts", "seen"],
      ["added", "state", "counts", "pages"],
      ["changed", "entry", "counts", "seen"],
      ["added", "entry", "counts", "pages"],
      ["removed", "operator", "more", undefined],
      ["added", "operator", "most", undefined],
    ]);
    expect(changes[0]).toMatchObject({ before: "value of number", after: "value of string" });
  });

  it("differ in windows, slices, timers and rows of maps", async () => {
    const fill =
      (n: number): Fill =>
      (backend) => {
        backend.setCurrentKey("a");
        const windows = backend.openWindowed(
          "windows",
          reducingState<number>((a, b) => a + b),
        );
        for (const start of [0, 10]) {
          windows.select({ start, end: start + 10 });
          windows.add(start === 0 ? 1 : n);
        }
        const slices = backend.openSlices<number>("slices", (x) => x);
        slices.put(10, 1);
        slices.put(20 * n, 1);
        const timers = backend.openTimers("timers");
        timers.register(5);
        timers.register(100 * n);
        backend.open("map", mapState<string, number>()).putAll([["x", 1], ["y", n]]); // biome-ignore format: one line
      };

    const changes = await diff([counts(fill(1))], [counts(fill(2))]);

    const facts = changes.map(({ change, state, window, slice, before, after }) => [change, state, window?.start ?? slice, before, after]); // biome-ignore format: one line
    expect(facts).toEqual([
      ["changed", "windows", 10, 1, 2],
      ["added", "slices", 40, undefined, 1],
      ["removed", "slices", 20, 1, undefined],
      ["added", "timers", undefined, undefined, 200],
      ["removed", "timers", undefined, 100, undefined],
      ["changed", "map", undefined, new Map([["x", 1], ["y", 1]]), new Map([["x", 1], ["y", 2]])], // biome-ignore format: one line
    ]);
  });

  it("differ in the states of subtasks; of broadcast state one copy counts", async () => {
    const withItems = (position: number, rules: readonly string[]): SampleOperator => {
      const backend = new HeapOperatorStateBackend("x");
      backend.list<number>("positions").add(position);
      const map = backend.broadcast<string, number>("rules");
      for (const rule of rules) map.put(rule, 1);
      return counts(() => {}, { parallelism: 2, rest: { operatorState: backend.snapshot() } });
    };

    expect(await diff([withItems(1, ["a"])], [withItems(2, ["a"])])).toEqual([
      { change: "changed", what: "items", operator: "counts", state: "positions", before: [1, 1], after: [2, 2] },
    ]);
    expect(await diff([withItems(1, ["a"])], [withItems(1, ["a", "b"])])).toMatchObject([
      { state: "rules", before: [["a", 1]], after: [["a", 1], ["b", 1]] }, // biome-ignore format: one line
    ]);
  });

  it("can be compared in one operator and one state only", async () => {
    const changed = values((all) => all.set("user-4", { seen: 44 }));

    expect(await diff([values()], [changed], { operator: "count per user", state: "seen" })).toHaveLength(1);
    expect(await diff([values()], [changed], { operator: "other" })).toEqual([]);
    expect(await diff([values()], [changed], { state: "other" })).toEqual([]);
  });

  it("can be compared although they have different numbers of key groups", async () => {
    const { resolve } = sampleDisk();
    const build = async (path: string, maxParallelism: number, bob: number) => {
      const entries = [["alice", { seen: 1 }], ["bob", { seen: bob }]] as const; // biome-ignore format: one line
      const builder = new SnapshotBuilder({ jobName: "clicks", maxParallelism });
      await builder.add({ uid: "counts", state: { seen: valueState<number>() }, entries }).write(path, resolve);
      return openSnapshot(path, resolve);
    };

    const changes = [];
    for await (const change of diffSnapshots(await build("/a", 4, 2), await build("/b", 16, 3))) changes.push(change);

    expect(changes).toMatchObject([{ change: "changed", key: "bob", before: 2, after: 3 }]);
  });
});
