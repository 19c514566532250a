import { describe, expect, it } from "vitest";
import { IndexedReader, type IndexedSplit } from "./indexed-reader.ts";
import { ScriptedReader } from "./scripted-reader-context.ts";
import type { AnySource } from "./source.ts";

const source = {
  boundedness: "bounded",
  replayable: true,
  createEnumerator: () => {
    throw new Error("not needed here");
  },
  createReader: (context) => new IndexedReader(context, (index) => index),
} satisfies AnySource<number>;

describe("IndexedReader", () => {
  it("releases a split that holds no records, so that it does not hold the watermark back", () => {
    const scripted = new ScriptedReader<number, IndexedSplit>(source);
    scripted.reader.addSplits([{ splitId: "empty", position: 5, step: 1, end: 5 }]);
    scripted.reader.noMoreSplits();

    expect(scripted.poll(10)).toBe("finished");

    expect(scripted.released).toEqual(["empty"]);
    expect(scripted.values).toEqual([]);
  });

  it("waits for splits until it is told that there are no more", () => {
    const scripted = new ScriptedReader<number, IndexedSplit>(source);
    expect(scripted.poll(10)).toBe("nothing");
    scripted.reader.addSplits([{ splitId: "a", position: 0, step: 1, end: 2 }]);
    expect(scripted.poll(10)).toBe("nothing");

    scripted.reader.noMoreSplits();

    expect(scripted.poll(10)).toBe("finished");
    expect(scripted.values).toEqual([0, 1]);
  });

  it("keeps to the number of records it is asked for", () => {
    const scripted = new ScriptedReader<number, IndexedSplit>(source);
    scripted.reader.addSplits([{ splitId: "a", position: 3, step: 2, end: 12 }]);

    expect(scripted.poll(3)).toBe("more");
    expect(scripted.values).toEqual([3, 5, 7]);
    expect(scripted.snapshot()).toEqual([{ splitId: "a", position: 9, step: 2, end: 12 }]);
  });
});
