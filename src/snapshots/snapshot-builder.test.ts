import { describe, expect, it } from "vitest";
import { assignSubtask, readKeyedPieces } from "../checkpoint/restore-assignment.ts";
import { FileTaskSnapshotStore } from "../checkpoint/task-snapshot-store.ts";
import { verifyCheckpoint } from "../checkpoint/verify-checkpoint.ts";
import { ManualClock } from "../core/manual-clock.ts";
import { aggregatingState, listState, mapState, reducingState, valueState } from "../state/descriptors.ts";
import { HeapKeyedStateBackend } from "../state/heap/heap-keyed-state-backend.ts";
import { type SampleDisk, sampleDisk } from "./sample-snapshot.ts";
import { SnapshotBuilder } from "./snapshot-builder.ts";
import { openSnapshot, type SnapshotReader } from "./snapshot-reader.ts";

const mean = {
  createAccumulator: () => ({ sum: 0, count: 0 }),
  add: (value: number, { sum, count }: { sum: number; count: number }) => ({ sum: sum + value, count: count + 1 }),
  getResult: ({ sum, count }: { sum: number; count: number }) => sum / count,
};

const STATE = {
  seen: valueState<number>(),
  pages: listState<string>({ name: "visited" }),
  votes: mapState<string, number>({ ttl: "1h" }),
  total: reducingState<number>((a, b) => a + b),
  delay: aggregatingState(mean),
};

function newBuilder(): SnapshotBuilder {
  return new SnapshotBuilder({ jobName: "clicks", maxParallelism: 16, clock: new ManualClock(5000) });
}

/** The keyed state of subtask `index` of `parallelism`, restored as a task restores it. */
async function restored(
  snapshot: SnapshotReader,
  { resolve }: SampleDisk,
  index: number,
  parallelism: number,
): Promise<HeapKeyedStateBackend> {
  const { keyGroups, keyed } = assignSubtask(snapshot.operator("counts").snapshot, index, parallelism);
  const backend = new HeapKeyedStateBackend({
    keyGroups,
    maxParallelism: 16,
    clock: new ManualClock(5001),
    operatorName: "counts",
  });
  for (const { snapshot: saved } of keyed) {
    const store = new FileTaskSnapshotStore(resolve);
    backend.restore(saved.states, await readKeyedPieces(store, snapshot.location, saved, keyGroups));
  }
  return backend;
}

describe("a snapshot written from data", () => {
  it("is what a task restores, at any parallelism", async () => {
    const disk = sampleDisk();
    const keys = Array.from({ length: 100 }, (_, index) => index);
    await newBuilder()
      .add({
        uid: "counts",
        state: STATE,
        entries: keys.map((key) => [
          key,
          {
            seen: key,
            pages: [`/${key}`, "/end"],
            votes: new Map([["up", key]]),
            total: 2 * key,
            delay: { sum: key, count: 1 },
          },
        ]),
      })
      .write("/saved/first", disk.resolve);
    const snapshot = await openSnapshot("/saved/first", disk.resolve);

    const found: unknown[] = [];
    for (const index of [0, 1, 2]) {
      const backend = await restored(snapshot, disk, index, 3);
      const seen = backend.open("seen", STATE.seen);
      const visited = backend.open("visited", STATE.pages);
      const votes = backend.open("votes", STATE.votes);
      const total = backend.open("total", STATE.total);
      const delay = backend.open("delay", STATE.delay);
      backend.forEachKey("seen", (key) => {
        found.push([key, seen.value(), visited.get(), [...votes.entries()], total.get(), delay.get()]);
      });
    }

    const expected = keys.map((key) => [key, key, [`/${key}`, "/end"], [["up", key]], 2 * key, key]);
    expect(found.sort((a, b) => (a as number[])[0]! - (b as number[])[0]!)).toEqual(expected);
    expect(await verifyCheckpoint("/saved/first", disk.resolve)).toEqual([]);
  });

  it("takes data that comes over time, adds up lists and maps, and keeps the last of single values", async () => {
    const disk = sampleDisk();
    async function* entries() {
      yield ["a", { seen: 1, pages: ["/1"] }] as const;
      yield ["a", { seen: 2, pages: ["/2"] }] as const;
    }
    await newBuilder().add({ uid: "counts", state: STATE, entries: entries() }).write("/saved/first", disk.resolve);

    const backend = await restored(await openSnapshot("/saved/first", disk.resolve), disk, 0, 1);
    const seen = backend.open("seen", STATE.seen);
    const visited = backend.open("visited", STATE.pages);
    backend.setCurrentKey("a");
    expect([seen.value(), visited.get()]).toEqual([2, ["/1", "/2"]]);
  });

  it("counts what has a time to live as written now", async () => {
    const disk = sampleDisk();
    const entries = [["a", { votes: [["up", 1] as const] }] as const];
    await newBuilder().add({ uid: "counts", state: STATE, entries }).write("/saved/first", disk.resolve);

    const [entry] = await (await openSnapshot("/saved/first", disk.resolve)).operator("counts").state("votes").entriesOf("a"); // biome-ignore format: one line
    expect(entry!.writtenMs).toBe(5000);
  });

  it("holds operator state too", async () => {
    const disk = sampleDisk();
    await newBuilder()
      .add({
        uid: "rules",
        operatorState: {
          rules: { mode: "broadcast", items: new Map([["limit", 5]]) },
          positions: { mode: "split", items: [1, 2] },
        },
      })
      .write("/saved/first", disk.resolve);

    const operator = (await openSnapshot("/saved/first", disk.resolve)).operator("rules");
    expect([...operator.operatorState("rules").items()].map(({ value }) => value)).toEqual([["limit", 5]]);
    expect([...operator.operatorState("positions").items()].map(({ value }) => value)).toEqual([1, 2]);
  });

  it("can have parts of another one, under another uid, beside parts with other keys", async () => {
    const disk = sampleDisk();
    const entries = ["Alice", "Bob"].map((key, index) => [key, { seen: index }] as const);
    await newBuilder()
      .add({ uid: "counts", state: STATE, entries })
      .add({ uid: "more", state: STATE, entries })
      .write("/saved/first", disk.resolve);
    const first = await openSnapshot("/saved/first", disk.resolve);
    const old = first.operator("more").state<number, string>("seen");
    async function* lowerCase() {
      for await (const { key, value } of old.entries()) yield [key.toLowerCase(), { seen: value }] as const;
    }

    await newBuilder()
      .copy(first.operator("counts"), { uid: "renamed" })
      .add({ uid: "more", state: STATE, entries: lowerCase() })
      .write("/saved/second", disk.resolve);

    const second = await openSnapshot("/saved/second", disk.resolve);
    expect(await second.operator("renamed").state("seen").get("Alice")).toBe(0);
    expect(await second.operator("more").state("seen").get("bob")).toBe(1);
    expect(await verifyCheckpoint("/saved/second", disk.resolve)).toEqual([]);
  });

  it("refuses a folder in which something is, an operator given twice, and a state that is not declared", async () => {
    const disk = sampleDisk();
    await newBuilder().write("/saved/first", disk.resolve);

    await expect(newBuilder().write("/saved/first", disk.resolve)).rejects.toThrow(/something is there already/);
    expect(() => newBuilder().add({ uid: "a" }).add({ uid: "a" })).toThrow(/DUPLICATE_UID/);
    const typo = { uid: "counts", state: STATE, entries: [["a", { sean: 1 }]] } as never;
    await expect(newBuilder().add(typo).write("/saved/second", disk.resolve)).rejects.toThrow(
      /"sean", which is not declared.*\n.*"seen"/,
    );
  });

  it("leaves nothing where it fails", async () => {
    const disk = sampleDisk();
    const entries = [["a", { seen: Symbol("no value") as never }]] as const;

    await expect(
      newBuilder().add({ uid: "counts", state: STATE, entries }).write("/saved/first", disk.resolve),
    ).rejects.toThrow(/VALUE_NOT_ENCODABLE.*"seen"/);

    expect(await disk.fileSystem.stat("/saved/first")).toBeUndefined();
  });
});
