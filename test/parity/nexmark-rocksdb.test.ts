import { naiveChecksum } from "../../bench/nexmark/naive.ts";
import type { GoldenChecksum } from "./nexmark-golden.ts";
import { describeNexmarkOnRocksDB } from "./nexmark-rocksdb.contract.ts";

// All queries over a million events are in test/services.
const EVENTS = 300_000;
const QUERIES = ["q4", "q5", "q12", "wc"] as const;

const expected = QUERIES.map((query): GoldenChecksum => {
  const { count, hex } = naiveChecksum(query, "full", { events: EVENTS, eps: 10_000, keys: 1000 });
  return { query, mode: "full", count, hex };
});

describeNexmarkOnRocksDB(EVENTS, expected);
