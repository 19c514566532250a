import { describe, expect, it } from "vitest";
import { ManualClock } from "../../core/manual-clock.ts";
import { unseenMetrics } from "../scripted-metrics.ts";
import type { SinkWriterContext } from "../sink.ts";
import { PrintSink } from "./print-sink.ts";

function place(subtaskIndex: number, parallelism: number): SinkWriterContext {
  return {
    subtaskIndex,
    parallelism,
    sinkName: "print",
    clock: new ManualClock(),
    wake: () => {},
    metrics: unseenMetrics,
    counter: () => ({ count: 0 }),
    runOutside: () => {},
  };
}

function print(prefix: string, context: SinkWriterContext, ...values: unknown[]): string {
  let printed = "";
  const writer = new PrintSink(prefix, (line) => {
    printed += line;
  }).createWriter(context);
  for (const value of values) writer.write(value, 0);
  return printed;
}

describe("PrintSink", () => {
  it("prints strings as they are and objects as JSON", () => {
    expect(print("", place(0, 1), "hello", { user: "ada" }, 3, null)).toBe('hello\n{"user":"ada"}\n3\nnull\n');
  });

  it.each([
    { prefix: "", context: place(0, 1), line: "x\n" },
    { prefix: "", context: place(1, 2), line: "2> x\n" },
    { prefix: "late", context: place(0, 1), line: "late> x\n" },
    { prefix: "late", context: place(1, 2), line: "late:2> x\n" },
  ])("starts a line as Flink does: $line", ({ prefix, context, line }) => {
    expect(print(prefix, context, "x")).toBe(line);
  });

  it("shows what JSON cannot hold", () => {
    const cycle: Record<string, unknown> = { n: 1n };
    cycle["self"] = cycle;

    expect(print("", place(0, 1), 5n, undefined, cycle)).toBe(
      "5n\nundefined\n<ref *1> { n: 1n, self: [Circular *1] }\n",
    );
  });
});
