/**
 * What is asked of a comparison beyond the ratios of `cells.mjs`, and whether it is met. Pure: `judge` looks at stored figures only, so that a
 * table can be judged again later.
 */

/** Command to first result, over Flink's. */
const FIRST_RESULT_RATIO_MAX = 0.3;
/** Events/s at parallelism 2 over those at 1, where both cores are free. */
const SCALING_MIN = 1.5;
const SCALING_QUERIES = ["q4", "q5", "q7", "q12"];
/** Longest stop of the stream by a checkpoint, p99, at so many keys on the heap. */
const STOP_MS_MAX = 10;
const STOP_KEYS = 1_000_000;
/** The rate at which p99 of the latency is to be no longer than Flink's, with the same buffer timeout. */
const LATENCY_RATE = 100_000;

/** Every bar of a record (`bench/results/flink.json`): what it is about, the figure, what is asked, and whether it is met. */
export function judge({ rows, probes }) {
  return [...rows.flatMap(ofRow), ...scaling(rows), ...stops(probes), ...latency(probes)];
}

/** The bars of one cell. */
export function ofRow({ label, bar, throughputRatio, cpuRatio, rssRatio, firstResultRatio }) {
  return [
    atLeast(`${label}: faster by`, throughputRatio.median, bar),
    atLeast(`${label}: less CPU by`, cpuRatio.median, bar),
    atMost(`${label}: peak RSS over Flink's`, rssRatio.median, 1),
    atMost(`${label}: first result over Flink's`, firstResultRatio.median, FIRST_RESULT_RATIO_MAX),
  ];
}

function scaling(rows) {
  return SCALING_QUERIES.flatMap((query) => {
    const [one, two] = [1, 2].map((parallelism) =>
      rows.find(
        (row) => row.query === query && row.parallelism === parallelism && row.backend === "hashmap" && row.objectReuse,
      ),
    );
    if (one === undefined || two === undefined) return [];
    const speed = ({ millrace }) => millrace["M events/s"].median;
    return [atLeast(`${query}: parallelism 2 over 1`, rounded(speed(two) / speed(one)), SCALING_MIN)];
  });
}

function stops(probes) {
  return probes
    .filter(({ keys, intervalMs }) => keys === STOP_KEYS && intervalMs > 0)
    .map(({ label, millrace }) =>
      atMost(`${label}: longest stop p99 ms`, millrace["longest stop p99 ms"], STOP_MS_MAX),
    );
}

function latency(probes) {
  return probes
    .filter(({ ratePerSecond, flink }) => ratePerSecond === LATENCY_RATE && flink !== undefined)
    .map(({ label, millrace, flink }) =>
      atMost(`${label}: p99 over Flink's`, rounded(millrace.p99Ms / flink.p99Ms), 1),
    );
}

function atLeast(about, figure, asked) {
  return { about, figure, asked: `>= ${asked}`, met: figure >= asked };
}

function atMost(about, figure, asked) {
  return { about, figure, asked: `<= ${asked}`, met: figure <= asked };
}

function rounded(ratio) {
  return Number(ratio.toPrecision(3));
}
