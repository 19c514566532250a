import { describe, expect, it } from "vitest";
import { ScriptedSourceJob } from "../scripted-job.ts";
import { sourceContract } from "../source.contract.ts";
import { CollectionSource } from "./collection-source.ts";

const names = Array.from({ length: 100 }, (_, i) => `name ${i}`);

sourceContract("CollectionSource", () => ({ source: new CollectionSource(names), expected: names }));

describe("CollectionSource", () => {
  it("reads an iterable that can be gone through once again after a restart", async () => {
    const source = new CollectionSource(new Set([1, 2, 3]).values());

    for (let attempt = 0; attempt < 2; attempt++) {
      const job = new ScriptedSourceJob(source, 1);
      await job.run(10);
      expect(job.values).toEqual([1, 2, 3]);
    }
  });

  it("finishes at once when it is empty", async () => {
    const job = new ScriptedSourceJob(new CollectionSource([]), 1);

    expect(await job.run(10)).toBe(true);
    expect(job.values).toEqual([]);
  });

  it("leaves readers beyond the first without records", async () => {
    const job = new ScriptedSourceJob(new CollectionSource(names), 3);

    expect(await job.run(10)).toBe(true);
    expect(job.readers.map((reader) => reader.values.length)).toEqual([100, 0, 0]);
  });
});
