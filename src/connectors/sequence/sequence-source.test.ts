import { describe, expect, it } from "vitest";
import { ScriptedSourceJob } from "../scripted-job.ts";
import { sourceContract } from "../source.contract.ts";
import { SequenceSource } from "./sequence-source.ts";

sourceContract("SequenceSource", () => ({
  source: new SequenceSource(-20, 80),
  expected: Array.from({ length: 101 }, (_, i) => i - 20),
}));

describe("SequenceSource", () => {
  it("gives each subtask one contiguous part, of nearly the same length", async () => {
    const job = new ScriptedSourceJob(new SequenceSource(1, 8), 3);

    await job.run(2);

    expect(job.readers.map((reader) => reader.values)).toEqual([
      [1, 2, 3],
      [4, 5, 6],
      [7, 8],
    ]);
  });

  it("is empty when it ends before it begins", async () => {
    const job = new ScriptedSourceJob(new SequenceSource(1, 0), 2);

    expect(await job.run(2)).toBe(true);
    expect(job.values).toEqual([]);
  });

  it("refuses a bound that is not a whole number", () => {
    expect(() => new SequenceSource(0, Number.POSITIVE_INFINITY)).toThrow("CONFIG_INVALID");
  });
});
