import { crc32 } from "../codec/crc32.ts";
import { asOperatorId, type CheckpointId, checkpointId } from "../core/ids.ts";
import {
  type BytesHandle,
  type CheckpointMetadata,
  type KeyedSnapshot,
  lengthOf,
  type OperatorSnapshot,
} from "./snapshot.ts";

/** Metadata for tests: job "clicks", one operator of two subtasks, one with keyed state in `data`, one finished. */
export function sampleMetadata(
  id: number,
  data: BytesHandle = inlineSample([1, 2, 3]),
  overrides: Partial<CheckpointMetadata> = {},
): CheckpointMetadata {
  return {
    checkpointId: checkpointId(id) as CheckpointId,
    kind: "checkpoint",
    jobName: "clicks",
    jobId: "0123456789abcdef0123456789abcdef",
    triggeredMs: 1_000 * id,
    completedMs: 1_000 * id + 50,
    operators: [sampleOperator({ subtasks: new Map([[0, { keyed: sampleKeyed(data) }]]) })],
    ...overrides,
  };
}

/** Something of everything that metadata can hold. `fixtures/metadata-v1` holds the same: it does not change. */
export function fullMetadata(): CheckpointMetadata {
  return sampleMetadata(42, undefined, {
    kind: "savepoint",
    jobName: 'line\nbreak, "quotes" and π',
    operators: [
      sampleOperator({
        subtasks: new Map([
          [0, { keyed: sampleKeyed({ kind: "file", file: "count-0", length: 12, crc32: 99 }), inputEnded: true }],
          [
            1,
            {
              keyed: sampleKeyed(inlineSample([1, 2])),
              operatorState: [
                {
                  name: "offsets",
                  mode: "split",
                  schema: { type: "number" },
                  items: [Uint8Array.of(1), Uint8Array.of()],
                },
                { name: "rules", mode: "broadcast", schema: { type: "any" }, items: [] },
              ],
            },
          ],
        ]),
      }),
      {
        operatorId: asOperatorId("b".repeat(32)),
        name: "sink",
        uid: undefined,
        parallelism: 1,
        maxParallelism: 1,
        subtasks: new Map(),
        finishedSubtasks: [0],
      },
    ],
  });
}

/** One subtask with keyed state in files of RocksDB. `fixtures/metadata-v2` and `-v4` hold the same: it does not change. */
export function nativeMetadata(name = "000012.sst"): CheckpointMetadata {
  const { keyGroups, states } = sampleKeyed(inlineSample([]));
  const files = [
    { name, data: { kind: "file", file: "../shared/chk-41_a-0-000012.sst", length: 1000, crc32: 7 } },
    { name: "CURRENT", data: inlineSample([1, 2]) },
  ] as const;
  const native = { format: "rocksdb", keyGroups, states, files } as const;
  return sampleMetadata(42, undefined, { operators: [sampleOperator({ subtasks: new Map([[0, { native }]]) })] });
}

/** One subtask with records in flight from two operators. `fixtures/metadata-v3` holds the same: it does not change. */
export function inFlightMetadata(channel: object = {}): CheckpointMetadata {
  const sender = { sourceSubtask: 1, sourceParallelism: 2, partitioning: "hash" } as const;
  const inFlight = {
    channels: [
      { ...sender, source: asOperatorId("b".repeat(32)), tag: undefined, input: 0, offset: 0, length: 2, crc32: 9 },
      {
        ...sender,
        source: asOperatorId("c".repeat(32)),
        tag: "late",
        input: 1,
        offset: 2,
        length: 1,
        crc32: 8,
        ...channel,
      },
    ],
    data: inlineSample([1, 2, 3]),
  };
  return sampleMetadata(42, undefined, { operators: [sampleOperator({ subtasks: new Map([[0, { inFlight }]]) })] });
}

export function sampleOperator(overrides: Partial<OperatorSnapshot> = {}): OperatorSnapshot {
  return {
    operatorId: asOperatorId("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
    name: "count per page",
    uid: "count",
    parallelism: 2,
    maxParallelism: 128,
    coordinator: new Uint8Array([9, 9]),
    subtasks: new Map(),
    finishedSubtasks: [1],
    ...overrides,
  };
}

/** One section over all of `data`, in key group 5. */
export function sampleKeyed(data: BytesHandle): KeyedSnapshot {
  const length = lengthOf(data);
  return {
    keyGroups: { start: 0, end: 63 },
    states: [
      {
        name: "seen",
        kind: "value",
        windowed: false,
        ttl: false,
        keySchema: { type: "string" },
        valueSchema: { type: "number" },
      },
    ],
    sections: [{ keyGroup: 5, offset: 0, length, crc32: data.crc32 }],
    data,
  };
}

export function inlineSample(bytes: readonly number[]): BytesHandle {
  return { kind: "inline", bytes: Uint8Array.from(bytes), crc32: crc32(Uint8Array.from(bytes)) };
}
