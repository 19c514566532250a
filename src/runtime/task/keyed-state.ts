import type { JobSettings } from "../../graph/job-settings.ts";
import { HeapKeyedStateBackend } from "../../state/heap/heap-keyed-state-backend.ts";
import type { KeyedStateBackend } from "../../state/keyed-state-backend.ts";
import type { KeyedStateBackendOptions } from "../../state/keyed-states.ts";
import { RocksDbKeyedStateBackend } from "../../state/rocksdb/rocksdb-keyed-state-backend.ts";

/** The back end that the job's settings name. @throws {MillraceError} `DEPENDENCY_MISSING`, `FILE_FAILED`. */
export function createKeyedState({ stateBackend }: JobSettings, options: KeyedStateBackendOptions): KeyedStateBackend {
  if (stateBackend === "hashmap") return new HeapKeyedStateBackend(options);
  const { localDirectory: directory, ...rocksDb } = stateBackend;
  return new RocksDbKeyedStateBackend(options, { directory, ...rocksDb });
}
