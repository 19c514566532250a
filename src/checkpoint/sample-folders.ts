import { write } from "../filesystem/file-system.contract.ts";
import { MemoryFileSystem } from "../filesystem/memory-file-system.ts";
import type { ResolvedFile } from "../filesystem/resolve.ts";
import { completeFolder } from "./checkpoint-folder.ts";
import { sampleMetadata } from "./sample-metadata.ts";
import type { CheckpointKind } from "./snapshot.ts";
import { FileTaskSnapshotStore } from "./task-snapshot-store.ts";

export interface SampleFolders {
  readonly fileSystem: MemoryFileSystem;
  readonly resolve: (uri: string) => ResolvedFile;
}

/**
 * For tests: job "clicks" in /state/clicks with checkpoint 1 (all inline), checkpoint 2 (a file of six bytes), an incomplete
 * checkpoint 3 of time 9000, and savepoint 5 in /saved.
 */
export async function sampleFolders(): Promise<SampleFolders> {
  let nowMs = 0;
  const fileSystem = new MemoryFileSystem(() => nowMs);
  const resolve = (uri: string): ResolvedFile => ({ fileSystem, path: uri.replace(/^memory:\/\//, "") });
  const complete = async (path: string, id: number, kind: CheckpointKind, inlineBytesMax: number): Promise<void> => {
    const writer = new FileTaskSnapshotStore(resolve).openWriter(
      { kind: "folder", uri: path, inlineBytesMax },
      "count-0",
    );
    writer.append(Uint8Array.of(1, 2, 3, 4, 5, 6));
    await completeFolder({ fileSystem, path }, sampleMetadata(id, await writer.finish(), { kind }));
  };
  await complete("/state/clicks/chk-1", 1, "checkpoint", 20);
  await complete("/state/clicks/chk-2", 2, "checkpoint", 4);
  await complete("/saved/savepoint-012345-abcdef", 5, "savepoint", 4);
  nowMs = 9_000;
  await write(fileSystem, "/state/clicks/chk-3/count-0", "half");
  return { fileSystem, resolve };
}
