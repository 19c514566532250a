import { describe, expect, it } from "vitest";
import { asBytes, asChoice, asDurationMs } from "./config-values.ts";

describe("values of configuration keys", () => {
  it.each([
    [1500, 1500],
    ["1500", 1500],
    ["10 s", 10_000],
    ["10s", 10_000],
    ["10min", 600_000],
    ["2 hours", 7_200_000],
    ["1 d", 86_400_000],
    [" 500 ms ", 500],
    ["1.5 s", 1500],
    ["2000 µs", 2],
    ["0", 0],
  ])("reads the duration %j as %d ms", (value, ms) => {
    expect(asDurationMs("key", value)).toBe(ms);
  });

  it.each([
    [20, 20],
    ["20kb", 20 * 1024],
    ["5 mb", 5 * 1024 * 1024],
    ["1g", 1024 ** 3],
    ["7 bytes", 7],
  ])("reads the memory size %j as %d bytes", (value, bytes) => {
    expect(asBytes("key", value)).toBe(bytes);
  });

  it("reads a choice in any case, with _ or -", () => {
    const parse = asChoice({ "in-process": 1, EXACTLY_ONCE: 2 });

    expect([parse("key", "IN_PROCESS"), parse("key", "exactly-once")]).toEqual([1, 2]);
    expect(() => parse("key", "other")).toThrow(/one of in-process, EXACTLY_ONCE/);
  });
});
