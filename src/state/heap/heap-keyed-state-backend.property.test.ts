import { describeSnapshotLaws } from "../snapshots.contract.ts";
import { describeTimerLaws } from "../timers.contract.ts";
import { HeapKeyedStateBackend } from "./heap-keyed-state-backend.ts";

describeSnapshotLaws("the heap", (options) => new HeapKeyedStateBackend(options));
describeTimerLaws("the heap", (options) => new HeapKeyedStateBackend(options));
