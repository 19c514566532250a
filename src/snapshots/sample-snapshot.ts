import { completeFolder } from "../checkpoint/checkpoint-folder.ts";
import { sampleMetadata } from "../checkpoint/sample-metadata.ts";
import type { KeyGroupSection, OperatorSubtaskSnapshot } from "../checkpoint/snapshot.ts";
import { FileTaskSnapshotStore } from "../checkpoint/task-snapshot-store.ts";
import { crc32 } from "../codec/crc32.ts";
import { keyGroupOfHash, keyGroupRangeOf, keyHash } from "../core/key-group.ts";
import { ManualClock } from "../core/manual-clock.ts";
import { MemoryFileSystem } from "../filesystem/memory-file-system.ts";
import type { ResolvedFile } from "../filesystem/resolve.ts";
import { operatorIdOfUid } from "../graph/operator-id.ts";
import { HeapKeyedStateBackend } from "../state/heap/heap-keyed-state-backend.ts";
import type { KeyedStateBackend } from "../state/keyed-state-backend.ts";

export const SAMPLE_MAX_PARALLELISM = 8;

export interface SampleDisk {
  readonly fileSystem: MemoryFileSystem;
  readonly resolve: (uri: string) => ResolvedFile;
}

export function sampleDisk(): SampleDisk {
  const fileSystem = new MemoryFileSystem(() => 0);
  return { fileSystem, resolve: (uri) => ({ fileSystem, path: uri.replace(/^memory:\/\//, "") }) };
}

/** For tests: what one operator with keyed state saves; `fill` is called once per subtask with a back end of its key groups. */
export interface SampleOperator {
  readonly uid: string | undefined;
  readonly name: string;
  readonly parallelism: number;
  readonly fill: (backend: KeyedStateBackend, owns: (key: unknown) => boolean) => void;
  readonly rest?: Omit<OperatorSubtaskSnapshot, "keyed">;
}

/** For tests: writes checkpoint `id` of job "clicks" as its subtasks would; state is in files, a piece per two entries. */
export async function writeSample(
  { fileSystem, resolve }: SampleDisk,
  path: string,
  operators: readonly SampleOperator[],
  id = 1,
): Promise<void> {
  const written = [];
  for (const operator of operators) {
    const { uid, name, parallelism } = operator;
    const subtasks = new Map<number, OperatorSubtaskSnapshot>();
    for (let index = 0; index < parallelism; index++) {
      subtasks.set(index, await writeSubtask(operator, index, path, resolve));
    }
    const operatorId = operatorIdOfUid(uid ?? name);
    const maxParallelism = SAMPLE_MAX_PARALLELISM;
    written.push({ operatorId, name, uid, parallelism, maxParallelism, subtasks, finishedSubtasks: [] });
  }
  await completeFolder(
    { fileSystem, path },
    { ...sampleMetadata(id, { kind: "inline", bytes: Uint8Array.of(), crc32: 0 }), operators: written },
  );
}

async function writeSubtask(
  { fill, name, parallelism, rest }: SampleOperator,
  index: number,
  path: string,
  resolve: (uri: string) => ResolvedFile,
): Promise<OperatorSubtaskSnapshot> {
  const keyGroups = keyGroupRangeOf(index, parallelism, SAMPLE_MAX_PARALLELISM);
  const backend = new HeapKeyedStateBackend({
    keyGroups,
    maxParallelism: SAMPLE_MAX_PARALLELISM,
    clock: new ManualClock(1000),
    operatorName: name,
  });
  fill(backend, (key) => {
    const keyGroup = keyGroupOfHash(keyHash(key), SAMPLE_MAX_PARALLELISM);
    return keyGroup >= keyGroups.start && keyGroup <= keyGroups.end;
  });
  const frozen = backend.freeze();
  const writer = new FileTaskSnapshotStore(resolve).openWriter(
    { kind: "folder", uri: path, inlineBytesMax: 0 },
    `${operatorIdOfUid(name)}-${index}`,
  );
  const sections: KeyGroupSection[] = [];
  let offset = 0;
  for (let piece = frozen.next(2); piece !== undefined; piece = frozen.next(2)) {
    const { keyGroup, bytes } = piece;
    const last = sections.at(-1);
    if (last?.keyGroup === keyGroup) {
      const length = last.length + bytes.length;
      sections[sections.length - 1] = { ...last, length, crc32: crc32(bytes, last.crc32) };
    } else sections.push({ keyGroup, offset, length: bytes.length, crc32: crc32(bytes) });
    offset += bytes.length;
    writer.append(bytes);
  }
  return { ...rest, keyed: { keyGroups, states: frozen.describe(), sections, data: await writer.finish() } };
}
