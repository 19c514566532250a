import { describe, expect, it } from "vitest";
import { decodeRecord, encodeRecord } from "./leader-record.ts";
import { sampleRecord } from "./sample-records.ts";

const FULL = sampleRecord(118, "a", {
  state: "ended",
  checkpoint: { checkpointId: 42, location: "s3://bucket/clicks/chk-42-e118", completedMs: 1_700_000_000_001 },
  anew: true,
  ending: { status: "FAILED", message: "no disk", startedFrom: "/savepoint", result: { counters: { a: 1 } } },
});

describe("a record of the leader log", () => {
  it("is read as it was written", () => {
    expect(decodeRecord(encodeRecord(FULL), "x")).toEqual(FULL);
    expect(decodeRecord(encodeRecord(sampleRecord(1, "a")), "x")).toEqual(sampleRecord(1, "a"));
  });

  it("can be read by people", () => {
    expect(new TextDecoder().decode(encodeRecord(FULL))).toContain('"location": "s3://bucket/clicks/chk-42-e118"');
  });

  it("is refused when any byte of it has changed, or the end is missing", () => {
    const bytes = encodeRecord(FULL);
    let refused = 0;
    for (let index = 0; index < bytes.length; index++) {
      const changed = bytes.slice();
      changed[index]! ^= 1;
      expect(() => decodeRecord(changed, "leader.9")).toThrow(/leader\.9 is damaged/);
      expect(() => decodeRecord(bytes.subarray(0, index), "leader.9")).toThrow(/leader\.9 is damaged/);
      refused += 1;
    }
    expect(refused).toBeGreaterThan(300);
  });
});
