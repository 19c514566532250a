/** The agreed results of 1,000,000 events (parallelism-independent, from a program without an engine), for both engines. */
import { onFlink, onMillrace } from "./engines.mjs";

const GOLDEN = {
  q0: [920_000, "ce7bd171850ede6b"],
  q1: [920_000, "7a1d60e91656af31"],
  q2: [6887, "1f89fe58c8dfb07b"],
  q4: [55, "5bbaed60b4e31000"],
  q5: [63, "777949e1dfdf28e9"],
  q7: [10, "9da7076753fef315"],
  q12: [27_449, "0e086850cb14471a"],
  wc: [1_000_000, "d2731e34714ec7d0"],
};

export async function checkGolden() {
  for (const [query, [count, checksum]] of Object.entries(GOLDEN)) {
    const job = {
      query,
      keys: 1000,
      events: 1_000_000,
      measuredFrom: 0,
      parallelism: 2,
      backend: "hashmap",
      intervalMs: 1000,
      checksum: "full",
    };
    const results = { Millrace: await onMillrace(job), Flink: await onFlink({ ...job, reuse: "true", heap: "4g" }) };
    for (const [engine, result] of Object.entries(results)) {
      if (result.count !== count || result.checksum !== checksum) {
        throw new Error(
          `${query} on ${engine}: ${result.count} results, checksum ${result.checksum}; right is ${count}, ${checksum}`,
        );
      }
    }
  }
  console.log("Both engines give the agreed results of 1,000,000 events.");
}
