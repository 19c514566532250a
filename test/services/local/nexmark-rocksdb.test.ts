import { CHECKSUMS_AT_1M } from "../../parity/nexmark-golden.ts";
import { describeNexmarkOnRocksDB } from "../../parity/nexmark-rocksdb.contract.ts";

describeNexmarkOnRocksDB(
  1_000_000,
  CHECKSUMS_AT_1M.filter(({ mode }) => mode === "full"),
);
