import { StreamExecutionEnvironment } from "millrace";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ON_REQUEST_MS } from "../checkpoints-on-request.ts";

const LAUNCH = Symbol.for("millrace.launch");
const globals = globalThis as unknown as Record<symbol, unknown>;
let lines: string[];

beforeEach(() => {
  lines = [];
  const take = (line: string): unknown => lines.push(line);
  globals[LAUNCH] = { configuration: {}, log: { info: take, warn: take } };
});
afterEach(() => {
  delete globals[LAUNCH];
  vi.restoreAllMocks();
});

async function* letters(): AsyncGenerator<string> {
  yield "a";
  yield "b";
}

describe("a job with checkpoints", () => {
  it("says at its start which sources and sinks do not keep what its mode promises", async () => {
    vi.spyOn(process.stdout, "write").mockReturnValue(true);
    const env = StreamExecutionEnvironment.getExecutionEnvironment();
    env.enableCheckpointing(ON_REQUEST_MS);
    const stream = env.fromAsyncIterable(letters);
    stream.name("letters").print().name("shown");
    stream.collect();

    await env.execute("weaker");

    expect(lines.filter((line) => /^"(letters|shown|Sink)/.test(line))).toEqual([
      '"letters" cannot be read again: records read since the last checkpoint are lost by a restart',
      '"shown" writes at least once: records since the last checkpoint are written again by a restart',
    ]);
  });
});
