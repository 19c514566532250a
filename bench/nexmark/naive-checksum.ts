/** What a query's result is by plain loops: prints its count and checksum. Options as in `program.ts`. */
import type { ChecksumMode } from "./checksum.ts";
import { naiveChecksum } from "./naive.ts";
import type { QueryName } from "./results.ts";

const {
  query,
  events,
  eps = 10_000,
  keys = 1000,
  checksum,
} = JSON.parse(process.env["NEXMARK"]!) as {
  readonly query: QueryName;
  readonly events: number;
  readonly eps?: number;
  readonly keys?: number;
  readonly checksum: ChecksumMode;
};
const { count, hex } = naiveChecksum(query, checksum, { events, eps, keys });
console.log(JSON.stringify({ count, checksum: hex }));
