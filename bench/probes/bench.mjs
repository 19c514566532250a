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

/**
 * Of each checkpoint the longest gap while it was under way; without checkpoints, of each second, which is what the machine does by itself.
 * "Of its own" is the part in which the thread that stopped did run: the rest is other load on the machine, also where that holds up one
 * of V8's helpers.
 */
function summed(events, { wallMs, cpuMs, gaps: pairs, waits = [], checkpoints, peakRssBytes }) {
  const gaps = [];
  for (let i = 0; 2 * i < pairs.length; i++) {
    gaps.push({ atMs: pairs[2 * i], gapMs: pairs[2 * i + 1], waitedMs: waits[i] ?? 0 });
  }
  const spans =
    checkpoints.length > 0
      ? checkpoints.map((one) => [one.trigger_timestamp, one.trigger_timestamp + one.end_to_end_duration])
      : secondsOf(gaps, wallMs);
  const longest = (lengthOf) =>
    spans.map(([fromMs, untilMs]) =>
      gaps
        .filter(({ atMs, gapMs }) => atMs >= fromMs && atMs - gapMs <= untilMs)
        .reduce((max, gap) => Math.max(max, lengthOf(gap)), 0),
    );
  const during = longest(({ gapMs }) => gapMs);
  const running = longest(({ gapMs, waitedMs }) => gapMs - waitedMs);
  const lengths = gaps.map(({ gapMs }) => gapMs);
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
    "of its own p50 ms": quantile(running, 0.5),
    "of its own p99 ms": quantile(running, 0.99),
  });
}

function secondsOf(gaps, wallMs) {
  const fromMs = gaps[0]?.atMs ?? 0;
  return Array.from({ length: Math.ceil(wallMs / 1000) }, (_, i) => [fromMs + 1000 * i, fromMs + 1000 * (i + 1)]);
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
