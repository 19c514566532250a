import { StreamExecutionEnvironment } from "millrace";
import { describe, expect, it } from "vitest";

describe("a job in this process", () => {
  it("counts per key", async () => {
    const env = StreamExecutionEnvironment.getExecutionEnvironment();
    const counts = env
      .fromCollection(["to", "be", "or", "not", "to", "be"])
      .map((word) => ({ word, count: 1 }))
      .keyBy((entry) => entry.word)
      .reduce((a, b) => ({ word: a.word, count: a.count + b.count }));

    const seen = await counts.executeAndCollect("word count");

    expect(seen.map(({ word, count }) => `${word}:${count}`)).toEqual([
      "to:1",
      "be:1",
      "or:1",
      "not:1",
      "to:2",
      "be:2",
    ]);
  });
});
