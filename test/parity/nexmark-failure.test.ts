import { fileURLToPath } from "node:url";
import { StreamExecutionEnvironment } from "millrace";
import { describe, expect, it } from "vitest";
import { readFinished } from "../../bench/nexmark/checksum-sink.ts";
import { buildQuery } from "../../bench/nexmark/queries.ts";
import { quietTests } from "../quiet-tests.ts";
import { startNode } from "../started-process.ts";
import { CHECKSUMS_AT_1M } from "./nexmark-golden.ts";

/** A million events, a checkpoint every 200 ms, and a failure in the middle: the records must be those that Flink gives undisturbed. */
const QUERY = { events: 1_000_000, eps: 10_000, keys: 1000, checksum: "full", failAt: 500_000 } as const;
const CHECKPOINT_INTERVAL_MS = 200;
const GOLDEN = CHECKSUMS_AT_1M.filter(({ mode }) => mode === "full");

const quiet = quietTests();

/** The default strategy would wait a second before it restarts. */
const configuration = (host: string) => ({
  "millrace.host": host,
  "restart-strategy.type": "fixed-delay",
  "restart-strategy.fixed-delay.delay": "1 ms",
});

describe.each([1, 2])("Nexmark in this thread at parallelism %i, failing half-way", (parallelism) => {
  it.each(GOLDEN)("$query gives the records that Flink gives", async ({ query, count, hex }) => {
    const env = StreamExecutionEnvironment.getExecutionEnvironment(configuration("in-process"));
    env.setParallelism(parallelism);
    env.enableCheckpointing(CHECKPOINT_INTERVAL_MS);
    buildQuery(env, query, { ...QUERY, resultFolder: quiet.folder });

    const { restarts } = await env.execute(query);

    const { checksum } = readFinished(quiet.folder);
    expect({ restarts, count: checksum.count, hex: checksum.hex }).toEqual({ restarts: 1, count, hex });
  });
});

describe.each([1, 2])("Nexmark on worker threads at parallelism %i, failing half-way", (parallelism) => {
  it.each(GOLDEN)(
    "$query gives the records that Flink gives",
    async ({ query, count, hex }) => {
      const options = {
        ...QUERY,
        query,
        parallelism,
        checkpointIntervalMs: CHECKPOINT_INTERVAL_MS,
        resultFolder: quiet.folder,
        configuration: configuration("threads"),
      };
      const report = await runProgram({ NEXMARK: JSON.stringify(options), NEXMARK_RESULTS: quiet.folder });
      expect(report).toMatchObject({ restarts: 1, count, checksum: hex });
    },
    120_000,
  );
});

/** The bench program as a process of its own, on the built package. @returns what it reports. */
async function runProgram(env: Readonly<Record<string, string>>): Promise<unknown> {
  const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));
  const args = [path("../../dist/cli/main.js"), "run", "--quiet", path("../../bench/nexmark/program.ts")];
  const { exitCode, stdout, stderr } = await startNode(args, { env }).ended;
  if (exitCode !== 0) throw new Error(`exit code ${exitCode}: ${stderr}`);
  return JSON.parse(stdout);
}
