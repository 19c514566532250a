/** What is compared: for each query, key count and state back end, how much input makes a run of a few seconds on the slower engine. */

/**
 * `warmup` events are processed before the `measured` ones, chosen so that both engines have compiled what is hot. Those of small state
 * are per subtask, for each has to become warm; those of large state are in all, for it takes its time to build up. `seconds` is what one run of each engine takes in all, on two idle cores.
 */
const SIZES = {
  hashmap: {
    q0: { warmup: 9_000_000, measured: 18_000_000, seconds: 26 },
    q1: { warmup: 9_000_000, measured: 18_000_000, seconds: 23 },
    q2: { warmup: 9_000_000, measured: 18_000_000, seconds: 22 },
    q4: { warmup: 5_000_000, measured: 5_000_000, seconds: 22 },
    q5: { warmup: 4_000_000, measured: 5_000_000, seconds: 32 },
    q7: { warmup: 5_000_000, measured: 12_000_000, seconds: 18 },
    q12: { warmup: 5_000_000, measured: 12_000_000, seconds: 20 },
    wc: { warmup: 6_000_000, measured: 14_000_000, seconds: 22 },
    "wc 1M keys": { warmup: 3_000_000, measured: 2_000_000, seconds: 22 },
    "wc 10M keys": { warmup: 3_000_000, measured: 1_500_000, seconds: 24 },
  },
  rocksdb: {
    q4: { warmup: 2_000_000, measured: 2_000_000, seconds: 18 },
    q5: { warmup: 500_000, measured: 500_000, seconds: 26 },
    q12: { warmup: 3_000_000, measured: 3_000_000, seconds: 15 },
    "wc 1M keys": { warmup: 2_000_000, measured: 1_500_000, seconds: 26 },
    "wc 10M keys": { warmup: 1_500_000, measured: 500_000, seconds: 30 },
  },
};

const KEYS = { wc: 1000, "wc 1M keys": 1_000_000, "wc 10M keys": 10_000_000 };

/** How many times faster than Flink each cell is to be: with Flink's object reuse on, and off. */
const BARS = {
  hashmap: {
    q0: [1, 2],
    q1: [1, 2],
    q2: [1, 2],
    q4: [2, 2],
    q5: [5, 2],
    q7: [1.5, 2],
    q12: [2, 2],
    wc: [2, 2],
    "wc 1M keys": [2, 2],
    "wc 10M keys": [1.5, 2],
  },
  rocksdb: { q4: [3], q5: [3], q12: [3], "wc 1M keys": [3], "wc 10M keys": [1] },
};

export const BACKENDS = Object.keys(SIZES);
export const QUERIES = Object.keys(SIZES.hashmap);

/**
 * The cells of a comparison, in order.
 * @param scale multiplies the sizes; 1 is a few seconds each.
 */
export function cellsOf({ queries, backends, parallelism, scale }) {
  return backends.flatMap((backend) =>
    queries
      .filter((query) => SIZES[backend][query] !== undefined)
      .flatMap((query) =>
        parallelism.map((width) => {
          const { warmup, measured, seconds } = SIZES[backend][query];
          const isSmall = backend === "hashmap" && (KEYS[query] ?? 0) <= 1000;
          const times = scale * (isSmall ? width : 1);
          const measuredFrom = Math.round(warmup * times);
          return {
            name: query,
            bars: BARS[backend][query],
            secondsPerRun: seconds * scale,
            job: {
              query: query.split(" ")[0],
              keys: KEYS[query] ?? 1000,
              backend,
              parallelism: width,
              measuredFrom,
              events: measuredFrom + Math.round(measured * times),
            },
          };
        }),
      ),
  );
}
