import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { StreamExecutionEnvironment } from "millrace";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readFinished } from "../../bench/nexmark/checksum-sink.ts";
import { naiveChecksum } from "../../bench/nexmark/naive.ts";
import { buildQuery } from "../../bench/nexmark/queries.ts";
import { QUERY_NAMES } from "../../bench/nexmark/results.ts";
import { CHECKSUMS_AT_1M } from "./nexmark-golden.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "millrace-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe.each([1, 2, 3])("Nexmark queries at parallelism %i", (parallelism) => {
  it.each(QUERY_NAMES)("%s gives what plain loops give", async (query) => {
    const input = { events: 60_000, eps: 2_000, keys: 100 };
    const expected = naiveChecksum(query, "full", input);
    const env = StreamExecutionEnvironment.getExecutionEnvironment({ "millrace.host": "in-process" });
    env.setParallelism(parallelism);
    buildQuery(env, query, { ...input, checksum: "full", resultFolder: folder });

    await env.execute(query);

    const { checksum } = readFinished(folder);
    expect(expected.count).toBeGreaterThan(0);
    expect({ count: checksum.count, hex: checksum.hex }).toEqual({ count: expected.count, hex: expected.hex });
  });
});

describe("Nexmark queries over a million events, undisturbed", () => {
  const light = CHECKSUMS_AT_1M.filter(({ mode }) => mode === "light");
  it.each(light)("$query gives the records that Flink gives ($mode)", async ({ query, mode, count, hex }) => {
    const env = StreamExecutionEnvironment.getExecutionEnvironment({ "millrace.host": "in-process" });
    buildQuery(env, query, { events: 1_000_000, eps: 10_000, keys: 1000, checksum: mode, resultFolder: folder });

    await env.execute(query);

    const { checksum } = readFinished(folder);
    expect({ count: checksum.count, hex: checksum.hex }).toEqual({ count, hex });
  });
});
