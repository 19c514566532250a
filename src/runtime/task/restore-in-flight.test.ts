import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { OperatorSubtaskSnapshot } from "../../checkpoint/snapshot.ts";
import { FileTaskSnapshotStore } from "../../checkpoint/task-snapshot-store.ts";
import { asOperatorId, asVertexId } from "../../core/ids.ts";
import { keyGroupOfHash, keyHash, subtaskOfKeyGroup } from "../../core/key-group.ts";
import type { JobEdge, JobVertex } from "../../graph/job-graph.ts";
import type { Partitioning } from "../../graph/stream-graph.ts";
import { MessageCollector } from "../channel/message-collector.ts";
import { InFlightWriter } from "./in-flight-writer.ts";
import type { ChainMember } from "./operator-chain.ts";
import type { RecoveredChannel } from "./recovered-input.ts";
import { readInFlight } from "./restore-in-flight.ts";

const SOURCE = asOperatorId("5".repeat(32));
const TARGET = asOperatorId("c".repeat(32));
const MAX_PARALLELISM = 16;
const store = new FileTaskSnapshotStore();
const receive = (): void => {};
const member = { id: TARGET, name: "count", inputs: [receive] } as unknown as ChainMember;

const byKey: Partitioning = { kind: "hash", keySelector: (value) => value };
const ownerOf = (key: number, parallelism: number): number =>
  subtaskOfKeyGroup(keyGroupOfHash(keyHash(key), MAX_PARALLELISM), parallelism, MAX_PARALLELISM);

function edgeOf(partitioning: Partitioning): JobEdge {
  const [source, target] = [asVertexId("source"), asVertexId("count")];
  return { index: 0, source, sourceChainIndex: 0, sourceOperatorId: SOURCE, tag: undefined, target, targetInput: 0, partitioning }; // biome-ignore format: one line
}

function vertexOf(partitioning: Partitioning, parallelism: number): JobVertex {
  const chained = { operatorId: TARGET, node: {}, fedBy: undefined } as unknown as JobVertex["chain"][number];
  return { parallelism, chain: [chained], inputs: [edgeOf(partitioning)] } as unknown as JobVertex;
}

/** What one old subtask saves that had `values` in flight from sender 0, and a watermark behind them. */
async function saved(
  subtask: number,
  values: readonly number[],
  partitioning: string,
): Promise<OperatorSubtaskSnapshot> {
  const messages = new MessageCollector();
  for (const value of values) messages.record(value, value);
  messages.event({ kind: "watermark", timestampMs: 7 });
  const writer = new InFlightWriter({ kind: "memory", maxStateBytes: 1e6 }, subtask, store);
  const sender = { source: SOURCE, tag: undefined, input: 0, sourceSubtask: 0, sourceParallelism: 1, partitioning };
  writer.add({ target: TARGET, ...sender }, messages.messages());
  const inFlight = (await writer.finish()).get(TARGET);
  return inFlight === undefined ? {} : { inFlight };
}

function restore(
  subtasks: readonly OperatorSubtaskSnapshot[],
  partitioning: Partitioning,
  parallelism: number,
): Promise<(readonly RecoveredChannel[])[]> {
  const vertex = vertexOf(partitioning, parallelism);
  const inputs = [{ edge: edgeOf(partitioning), sourceSubtask: 0, sourceParallelism: 1 }];
  const restoreOf = { operatorId: TARGET, subtasks, location: "memory:1" };
  return Promise.all(
    Array.from({ length: parallelism }, (_, subtaskIndex) => {
      const task = { vertexId: asVertexId("count"), subtaskIndex };
      const deployment = { task, attempt: 1, maxParallelism: MAX_PARALLELISM, restore: [], finishedBefore: false };
      return readInFlight(restoreOf, member, vertex, inputs, deployment, store);
    }),
  );
}

function valuesOf(channels: readonly RecoveredChannel[]): unknown[] {
  return channels.flatMap(({ items }) => items.flatMap((item) => (item.event === undefined ? [item.value] : [])));
}

const parallelism = () => fc.integer({ min: 1, max: 6 });
const records = () => fc.array(fc.nat(1000), { maxLength: 40 });

describe("what was in flight", () => {
  it("by key comes to the subtask that owns the key, at any parallelism, each record once and in its order", async () => {
    await fc.assert(
      fc.asyncProperty(records(), parallelism(), parallelism(), async (values, before, after) => {
        const old = Array.from(
          { length: before },
          (_, subtask) =>
          saved(subtask, values.filter((value) => ownerOf(value, before) === subtask), "hash"), // biome-ignore format: one line
        );
        const restored = await restore(await Promise.all(old), byKey, after);
        expect(restored.flatMap(valuesOf).sort()).toEqual([...values].sort());
        restored.forEach((channels, subtask) => {
          for (const { items } of channels) {
            const found = items.flatMap((item) => (item.event === undefined ? [item.value as number] : []));
            const places = found.map((value) => values.indexOf(value));
            expect(found.every((value) => ownerOf(value, after) === subtask)).toBe(true);
            if (new Set(values).size === values.length) expect(places).toEqual([...places].sort((a, b) => a - b));
          }
        });
      }),
    );
  });

  it("in any order comes once too, whatever the connection has become", async () => {
    const partitionings: Partitioning[] = [
      { kind: "rebalance" },
      { kind: "shuffle" },
      { kind: "global" },
      { kind: "forward" },
      { kind: "rescale" },
      { kind: "custom", partition: (value: number, count) => value % count },
      byKey,
    ];
    await fc.assert(
      fc.asyncProperty(
        records(),
        parallelism(),
        parallelism(),
        fc.constantFrom(...partitionings),
        async (values, before, after, partitioning) => {
          const old = Array.from(
            { length: before },
            (_, subtask) =>
            saved(subtask, values.filter((_value, index) => index % before === subtask), "rebalance"), // biome-ignore format: one line
          );
          const restored = await restore(await Promise.all(old), partitioning, after);
          expect(restored.flatMap(valuesOf).sort()).toEqual([...values].sort());
        },
      ),
    );
  });

  it("keeps its watermarks where its channel goes on, and nowhere else", async () => {
    const old = [await saved(0, [1], "hash"), await saved(1, [], "hash")];
    const events = async (count: number) =>
      (await restore(old, byKey, count)).map((channels) =>
        channels.flatMap(({ channelIndex, items }) => items.map(({ event }) => [channelIndex, event?.kind])),
      );
    expect(await events(2)).toEqual([[[0, undefined], [0, "watermark"]], [[0, "watermark"]]]); // biome-ignore format: one line
    expect((await events(1)).flat()).toEqual([[undefined, undefined]]);
  });

  it("is compared with its checksum before it is used", async () => {
    const { inFlight } = await saved(0, [1, 2, 3], "hash");
    const { data } = inFlight!;
    if (data.kind === "inline") data.bytes[10]! ^= 1;
    await expect(restore([{ inFlight: inFlight! }], byKey, 1)).rejects.toThrow(
      /CHECKPOINT_CORRUPT.*what was in flight to "count"/,
    );
  });
});
