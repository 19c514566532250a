import { join } from "node:path";
import { LocalCopies } from "../../checkpoint/local-copies.ts";
import type { JobSettings } from "../../graph/job-settings.ts";
import { HeapKeyedStateBackend } from "../../state/heap/heap-keyed-state-backend.ts";
import type { KeyedStateBackend } from "../../state/keyed-state-backend.ts";
import type { KeyedStateBackendOptions } from "../../state/keyed-states.ts";
import { localFolder } from "../../state/rocksdb/local-folder.ts";
import { RocksDbKeyedStateBackend } from "../../state/rocksdb/rocksdb-keyed-state-backend.ts";

/** The back end that the job's settings name. @throws {MillraceError} `DEPENDENCY_MISSING`, `FILE_FAILED`. */
export function createKeyedState({ stateBackend }: JobSettings, options: KeyedStateBackendOptions): KeyedStateBackend {
  if (stateBackend === "hashmap") return new HeapKeyedStateBackend(options);
  const { localDirectory: directory, ...rocksDb } = stateBackend;
  return new RocksDbKeyedStateBackend(options, { directory, ...rocksDb });
}

/** Copies of the files that checkpoints share, where the job wants them. */
export function localCopies({ stateBackend }: JobSettings, owner: string): LocalCopies | undefined {
  if (stateBackend === "hashmap" || !stateBackend.incremental || !stateBackend.localRecovery) return undefined;
  return new LocalCopies(join(localFolder(stateBackend.localDirectory), "copies"), owner);
}
