import { describe, expect, it } from "vitest";
import { writePointer } from "../checkpoint/latest-pointer.ts";
import { crc32 } from "../codec/crc32.ts";
import { encodeValue } from "../codec/value-codec.ts";
import { operatorIdOfUid } from "../graph/operator-id.ts";
import { MessageCollector } from "../runtime/channel/message-collector.ts";
import { encodeMessages } from "../runtime/channel/message-format.ts";
import { listState, mapState, reducingState, valueState } from "../state/descriptors.ts";
import { HeapOperatorStateBackend } from "../state/heap/heap-operator-state-backend.ts";
import { type SampleDisk, type SampleOperator, sampleDisk, writeSample } from "./sample-snapshot.ts";
import { openSnapshot, type SnapshotReader } from "./snapshot-reader.ts";

const KEYS = Array.from({ length: 40 }, (_, index) => `user-${index}`);

/** Two subtasks; each key has its index as a value, a list of that length at most 5, a map, a window, a slice and a timer. */
const COUNTS: SampleOperator = {
  uid: "counts",
  name: "count per user",
  parallelism: 2,
  fill(backend, owns) {
    const seen = backend.open("seen", valueState<number>());
    const pages = backend.open("pages", listState<string>());
    const votes = backend.open("votes", mapState<string, number>({ ttl: "1h" }));
    const windows = backend.openWindowed(
      "window-contents",
      reducingState<number>((a, b) => a + b),
    );
    const slices = backend.openSlices<number>("window-slices", (n) => n);
    const timers = backend.openTimers("timers");
    for (const [index, key] of KEYS.entries()) {
      if (!owns(key)) continue;
      backend.setCurrentKey(key);
      seen.update(index);
      pages.addAll(Array.from({ length: index % 5 }, (_, n) => `/${n}`));
      votes.put("up", index);
      votes.put("down", -index);
      for (const start of [0, 10]) {
        windows.select({ start, end: start + 10 });
        windows.add(index);
      }
      slices.put(20, index);
      timers.register(100 + index);
    }
  },
};

const SOURCE: SampleOperator = {
  uid: undefined,
  name: "clicks",
  parallelism: 1,
  fill() {},
  rest: { operatorState: operatorStates() },
};

function operatorStates() {
  const backend = new HeapOperatorStateBackend("clicks");
  backend.list<number>("positions").addAll([7, 8]);
  backend.broadcast<string, number>("rules").put("limit", 5);
  return backend.snapshot();
}

async function open(disk: SampleDisk = sampleDisk(), path = "/state/clicks/chk-4"): Promise<SnapshotReader> {
  await writeSample(disk, path, [SOURCE, COUNTS], 4);
  return openSnapshot(path, disk.resolve);
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

describe("a snapshot", () => {
  it("tells what it is and which operators and states it holds", async () => {
    const snapshot = await open();

    expect(snapshot).toMatchObject({ jobName: "clicks", checkpointId: 4, kind: "checkpoint" });
    expect(snapshot.operators.map(({ name, uid, parallelism }) => [name, uid, parallelism])).toEqual([
      ["clicks", undefined, 1],
      ["count per user", "counts", 2],
    ]);
    expect(snapshot.operator("counts").states).toMatchObject([
      { name: "seen", kind: "value", windowed: false, ttl: false, keySchema: { type: "string" } },
      { name: "pages", kind: "list", valueSchema: { type: "string" } },
      { name: "votes", kind: "map", ttl: true },
      { name: "window-contents", kind: "reducing", windowed: true },
      { name: "window-slices", kind: "slices" },
      { name: "timers", kind: "timers" },
    ]);
  });

  it("is found by the folder of its job, which names the last one", async () => {
    const disk = sampleDisk();
    await open(disk, "/state/clicks/chk-3");
    await open(disk, "/state/clicks/chk-4");
    await writePointer(disk.fileSystem, "/state/clicks", { epoch: 1, checkpointId: 4, path: "chk-4", completedMs: 0 });

    expect((await openSnapshot("/state/clicks", disk.resolve)).location).toContain("chk-4");
  });

  it("is found by the folder of its job, although another one takes its place meanwhile", async () => {
    const disk = sampleDisk();
    const pointTo = (checkpointId: number) =>
      writePointer(disk.fileSystem, "/state/clicks", {
        epoch: 1,
        checkpointId,
        path: `chk-${checkpointId}`,
        completedMs: 0,
      });
    await writeSample(disk, "/state/clicks/chk-3", [SOURCE, COUNTS], 3);
    await pointTo(3);
    const { read } = disk.fileSystem;
    disk.fileSystem.read = async (path, range) => {
      const bytes = await read.call(disk.fileSystem, path, range);
      if (path === "/state/clicks/latest") {
        disk.fileSystem.read = read;
        await writeSample(disk, "/state/clicks/chk-4", [SOURCE, COUNTS], 4);
        await pointTo(4);
        await disk.fileSystem.remove("/state/clicks/chk-3");
      }
      return bytes;
    };

    expect((await openSnapshot("/state/clicks", disk.resolve)).checkpointId).toBe(4);
  });

  it("that is not there is refused with those nearby", async () => {
    const disk = sampleDisk();
    await open(disk);

    await expect(openSnapshot("/state/clicks/chk-9", disk.resolve)).rejects.toThrow(/CHECKPOINT_NOT_FOUND.*\n.*chk-4/);
  });

  it("finds operators by uid, name and id, and says what there is where one is asked for that is not", async () => {
    const snapshot = await open();

    expect(snapshot.operator("counts")).toBe(snapshot.operator("count per user"));
    expect(snapshot.operator(snapshot.operator("counts").id).name).toBe("count per user");
    expect(() => snapshot.operator("clocks")).toThrow(/has no operator "clocks".*\n.*"clicks", "counts"/);
    expect(() => snapshot.operator("counts").state("seed")).toThrow(/no state "seed".*\n.*"seen"/);
    expect(() => snapshot.operator("counts").operatorState("x")).toThrow(/It has none/);
  });
});

describe("a state in a snapshot", () => {
  it("gives every key with its value, whichever subtask saved it", async () => {
    const seen = (await open()).operator("counts").state<number, string>("seen");

    const entries = await all(seen.entries());

    expect(entries.map(({ key }) => key).sort()).toEqual([...KEYS].sort());
    expect(entries.every(({ key, value }) => KEYS[value] === key)).toBe(true);
    expect((await all(seen.keys())).sort()).toEqual([...KEYS].sort());
    expect(await seen.get("user-7")).toBe(7);
    expect(await seen.get("nobody")).toBeUndefined();
  });

  it("puts lists and maps together that were saved in pieces", async () => {
    const counts = (await open()).operator("counts");

    expect(await counts.state("pages").get("user-14")).toEqual(["/0", "/1", "/2", "/3"]);
    expect(await counts.state("votes").get("user-14")).toEqual(
      new Map([
        ["up", 14],
        ["down", -14],
      ]),
    );
  });

  it("tells when a value with a time to live was written", async () => {
    const counts = (await open()).operator("counts");

    expect((await counts.state("votes").entriesOf("user-1"))[0]!.writtenMs).toBe(1000);
    expect((await counts.state("seen").entriesOf("user-1"))[0]!.writtenMs).toBeUndefined();
  });

  it("has an entry per window, slice and timer of a key, and no single value", async () => {
    const counts = (await open()).operator("counts");

    expect(await counts.state("window-contents").entriesOf("user-3")).toMatchObject([
      { key: "user-3", window: { start: 0, end: 10 }, value: 3 },
      { key: "user-3", window: { start: 10, end: 20 }, value: 3 },
    ]);
    expect(await counts.state("window-slices").entriesOf("user-3")).toMatchObject([{ slice: 20, value: 3 }]);
    expect(await counts.state("timers").entriesOf("user-3")).toMatchObject([{ value: 103 }]);
    expect(await all(counts.state("window-contents").keys())).toHaveLength(KEYS.length);
    await expect(counts.state("window-contents").get("user-3")).rejects.toThrow(/per window.*\n.*entriesOf/);
    await expect(counts.state("timers").get("user-3")).rejects.toThrow(/made of timers/);
  });

  it("is refused where its bytes do not match their checksum", async () => {
    const disk = sampleDisk();
    const snapshot = await open(disk);
    const [file] = (await disk.fileSystem.list("/state/clicks/chk-4")).filter(
      ({ length, path }) => length > 200 && !path.endsWith("_metadata"),
    );
    const bytes = Uint8Array.from(await disk.fileSystem.read(file!.path));
    bytes[bytes.length - 10]! ^= 1;
    const writer = await disk.fileSystem.create(file!.path);
    await writer.append(bytes);
    await writer.publish();

    await expect(all(snapshot.operator("counts").state("seen").entries())).rejects.toThrow(/CHECKPOINT_CORRUPT/);
  });
});

describe("the sizes of an operator's states", () => {
  it("add up to the bytes of its key groups, with the largest keys first", async () => {
    const counts = (await open()).operator("counts");

    const sizes = await counts.sizes({ largestKeys: 3 });

    const [seen, pages, , windows] = sizes;
    expect(seen).toMatchObject({ name: "seen", keys: 40, entries: 40 });
    expect(pages).toMatchObject({ keys: 32, entries: 32 });
    expect(windows).toMatchObject({ keys: 40, entries: 80 });
    expect(pages!.largestKeys.map(({ bytes }) => bytes)).toEqual(
      pages!.largestKeys.map(({ bytes }) => bytes).toSorted((a, b) => b - a),
    );
    expect(pages!.largestKeys).toHaveLength(3);
    let total = 0;
    let ends = 0;
    for await (const { bytes } of counts.keyGroups()) total += bytes.length;
    for (const { bytes } of sizes) ends += bytes;
    expect(ends).toBeLessThanOrEqual(total);
    expect(ends).toBeGreaterThan(total * 0.9);
  });
});

describe("operator state in a snapshot", () => {
  it("gives items with their subtask, and of a broadcast map pairs", async () => {
    const source = (await open()).operator("clicks");

    expect([...source.operatorState("positions").items()]).toEqual([
      { subtaskIndex: 0, value: 7 },
      { subtaskIndex: 0, value: 8 },
    ]);
    expect([...source.operatorState("rules").items()]).toEqual([{ subtaskIndex: 0, value: ["limit", 5] }]);
    expect(source.operatorState("positions")).toMatchObject({ mode: "split", itemCount: 2 });
    expect(source.operatorState("positions").bytes).toBe(encodeValue(7).length + encodeValue(8).length);
    expect(source.enumerator()).toBeUndefined();
  });
});

describe("what a checkpoint holds in flight", () => {
  it("is read record by record, with who had sent it, and has a size", async () => {
    const messages = new MessageCollector();
    messages.record({ user: "a" }, 5);
    messages.event({ kind: "watermark", timestampMs: 7 });
    messages.record({ user: "b" }, 8);
    const bytes = encodeMessages(messages.messages());
    const source = operatorIdOfUid("visits");
    const sender = { source, tag: undefined, input: 0, sourceSubtask: 0, sourceParallelism: 1, partitioning: "hash" };
    const channels = [{ ...sender, offset: 0, length: bytes.length, crc32: crc32(bytes) }];
    const data = { kind: "inline", bytes, crc32: crc32(bytes) } as const;
    const disk = sampleDisk();
    const operator = { ...COUNTS, parallelism: 1, fill: () => {}, rest: { inFlight: { channels, data } } };
    await writeSample(disk, "/chk-1", [operator]);

    const counts = (await openSnapshot("/chk-1", disk.resolve)).operator("counts");

    expect(counts.inFlightBytes).toBe(bytes.length);
    const records = [];
    for await (const record of counts.inFlight()) records.push(record);
    expect(records).toEqual([
      { value: { user: "a" }, timestampMs: 5, source, input: 0, subtaskIndex: 0 },
      { value: { user: "b" }, timestampMs: 8, source, input: 0, subtaskIndex: 0 },
    ]);
  });
});
