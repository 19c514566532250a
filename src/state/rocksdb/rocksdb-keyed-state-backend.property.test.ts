import { afterAll, describe } from "vitest";
import { describeSnapshotLaws } from "../snapshots.contract.ts";
import { describeTimerLaws } from "../timers.contract.ts";
import { backendsForTests } from "./backends-for-tests.ts";
import { hasBinding } from "./binding.ts";

describe.runIf(hasBinding()).each([20_000])("RocksDB with a cache of %d bytes", (cacheBytes) => {
  const backends = backendsForTests(cacheBytes);
  afterAll(backends.dispose);
  describeSnapshotLaws("RocksDB", backends.create, 0.2);
  describeTimerLaws("RocksDB", backends.create, 0.2);
});
