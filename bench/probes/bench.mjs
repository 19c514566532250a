/** Runs the probes, on Flink too where asked, and sums up what they sampled. `npm run bench -- probes` runs them on Millrace alone. */
import { inFolder, onFlinkProbe, onMillraceProbe } from "../flink/engines.mjs";

/** What `npm run bench` calls. With few `events` everything is small. */
export async function run({ events = 4_000_000, parallelism: [width] }) {
  const rows = [];
  const onRow = ({ label, millrace }) => rows.push({ label, ...millrace });
  const isSmall = events < 1_000_000;
  await latencies({
    rates: isSmall ? [10_000] : [10_000, 100_000],
    bufferTimeouts: isSmall ? [5] : [0, 1, 5, 100],
    seconds: isSmall ? 0.5 : 10,
    warmupSeconds: isSmall ? 0.5 : 5,
    withFlink: false,
    onRow,
  });
  await checkpointCosts({
    keyCounts: isSmall ? [events] : [1_000_000, 10_000_000],
    events,
    parallelism: width,
    intervalMs: isSmall ? 50 : 1000,
    withFlink: false,
    onRow,
  });
  return { events, rows };
}

/** Latency at a fixed rate by buffer timeout, a row each but for those that `isMeasured` knows by their label. */
export async function latencies({ rates, bufferTimeouts, seconds, warmupSeconds, withFlink, isMeasured, onRow }) {
  for (const ratePerSecond of rates) {
    for (const bufferTimeoutMs of bufferTimeouts) {
      const options = { ratePerSecond, bufferTimeoutMs, seconds, warmupSeconds };
      const label = `latency at ${ratePerSecond}/s, buffer timeout ${bufferTimeoutMs} ms`;
      if (isMeasured?.(label)) continue;
      const millrace = roundAll(await inFolder((folder) => onMillraceProbe("latency.ts", { ...options, folder })));
      const flink = withFlink
        ? roundAll(
            await inFolder((folder) => onFlinkProbe("4g", { ...options, query: "latency", parallelism: 2, folder })),
          )
        : undefined;
      onRow({ label, ...options, millrace, flink });
    }
  }
}

/** What a checkpoint each second costs, by number of keys: with and without it. */
export async function checkpointCosts({ keyCounts, events, parallelism, intervalMs, withFlink, isMeasured, onRow }) {
  for (const keys of keyCounts) {
    for (const interval of [intervalMs, 0]) {
      const options = { keys, events, parallelism, intervalMs: interval };
      const label = `${keys} keys, ${interval === 0 ? "no checkpoints" : `a checkpoint each ${interval} ms`}`;
      if (isMeasured?.(label)) continue;
      const millrace = summed(
        events,
        await inFolder((folder) => onMillraceProbe("checkpoints.ts", { ...options, folder })),
      );
      const flink = withFlink
        ? summed(events, await inFolder((folder) => onFlinkProbe("4g", { ...options, query: "checkpoints", folder })))
        : undefined;
      onRow({ label, ...options, millrace, flink });
    }
  }
}

/** Of each checkpoint the longest gap while it was under way; without checkpoints, of each second. */
function summed(events, { wallMs, cpuMs, gaps, checkpoints, peakRssBytes }) {
  const pairs = [];
  for (let i = 0; i < gaps.length; i += 2) pairs.push({ atMs: gaps[i], gapMs: gaps[i + 1] });
  const longest = (fromMs, untilMs) =>
    pairs.reduce((max, { atMs, gapMs }) => (atMs >= fromMs && atMs - gapMs <= untilMs ? Math.max(max, gapMs) : max), 0);
  const during = checkpoints.map((one) =>
    longest(one.trigger_timestamp, one.trigger_timestamp + one.end_to_end_duration),
  );
  const lengths = pairs.map(({ gapMs }) => gapMs);
  return roundAll({
    "M events/s": events / wallMs / 1000,
    "CPU us/event": (cpuMs * 1000) / events,
    "peak RSS MB": peakRssBytes / 1e6,
    checkpoints: checkpoints.length,
    "MB each": mean(checkpoints.map((one) => one.checkpointed_size / 1e6)),
    "ms each": mean(checkpoints.map((one) => one.end_to_end_duration)),
    // A gap in ten thousand records is the record that waits: this counts records, the next two checkpoints.
    "gap p99.99 ms": ofRecords(lengths, events, 0.9999),
    "longest stop p50 ms": quantile(during, 0.5),
    "longest stop p99 ms": quantile(during, 0.99),
  });
}

/** The quantile over all gaps between `count` records, of which only the longer ones were sampled. */
function ofRecords(lengths, count, part) {
  const sorted = [...lengths].sort((a, b) => b - a);
  return sorted[Math.floor((1 - part) * count)] ?? 0;
}

function quantile(values, part) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? 0;
}

function mean(values) {
  return values.length === 0 ? 0 : values.reduce((a, b) => a + b, 0) / values.length;
}

function roundAll(figures) {
  return Object.fromEntries(
    Object.entries(figures).map(([name, value]) => [name, Number(Number(value).toPrecision(3))]),
  );
}
