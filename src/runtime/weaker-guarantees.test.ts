import { describe, expect, it } from "vitest";
import { type Endpoint, weakerGuarantees } from "./weaker-guarantees.ts";

const live: Endpoint = { name: "live", replayable: false };
const files: Endpoint = { name: "files", replayable: true };
const exact: Endpoint = { name: "exact", guarantee: "exactly-once" };
const again: Endpoint = { name: "again", guarantee: "at-least-once" };
const loose: Endpoint = { name: "loose", guarantee: "none" };

const LOST = "cannot be read again: records read since the last checkpoint are lost by a restart";
const AGAIN = "writes at least once: records since the last checkpoint are written again by a restart";
const NOTHING = "promises nothing: a restart may lose records or write them again";

describe("what is told of a job's sources and sinks at its start", () => {
  it.each([
    ["EXACTLY_ONCE", 10, [files, exact], []],
    ["EXACTLY_ONCE", 10, [live, exact], [`"live" ${LOST}`]],
    ["EXACTLY_ONCE", 10, [files, again, loose], [`"again" ${AGAIN}`, `"loose" ${NOTHING}`]],
    ["AT_LEAST_ONCE", 10, [live, again, loose], [`"live" ${LOST}`, `"loose" ${NOTHING}`]],
    ["EXACTLY_ONCE", undefined, [live, again, loose], []],
  ] as const)("%s every %s ms", (mode, intervalMs, endpoints, lines) => {
    expect(weakerGuarantees(endpoints, { mode, intervalMs })).toEqual(lines);
  });
});
