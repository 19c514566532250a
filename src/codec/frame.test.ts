import { describe, expect, it } from "vitest";
import { MIN_TIMESTAMP } from "../core/time.ts";
import { decodeFrame, earliestOf, FrameWriter } from "./frame.ts";

function decoded(bytes: Uint8Array): unknown[] {
  const values: unknown[] = [];
  decodeFrame(bytes, 0, bytes.length, (value) => values.push(value));
  return values;
}

function bid(id: number): object {
  return { auction: id, price: id + 0.5, channel: "Google", url: `https://example.org/item/${id}`, isLast: false };
}

describe("FrameWriter", () => {
  it("takes the bytes of the fields, and hardly any more", () => {
    const frame = new FrameWriter();
    for (let id = 1000; id < 1512; id++) frame.add(bid(id), 1_700_000_000_000 + id);

    // 4 + 8 + (1 + 6) + (1 + 29) + 1, and 4 for the timestamp.
    expect(frame.encode().length / 512).toBeLessThan(54.5);
  });

  it("refuses to write where it does not fit, and can still be written elsewhere", () => {
    const frame = new FrameWriter();
    frame.add(bid(1), 0);
    const { length } = frame.encode();
    const target = new Uint8Array(length + 7);

    expect(() => frame.encodeInto(target, 8)).toThrow(RangeError);
    expect(target.every((byte) => byte === 0)).toBe(true);
    expect(frame.encodeInto(target, 7)).toBe(length);
  });

  it("is as it was after a record that it refuses, whose fields it names in full", () => {
    const frame = new FrameWriter();
    frame.add({ id: 1, tags: ["a"], note: { text: "x" } }, 0);
    const broken = { id: 2, tags: ["b"], note: { later: Promise.resolve() } };

    expect(() => frame.add(broken, 0)).toThrow("value.note.later is a promise.");
    frame.add({ id: 3, tags: ["c"], note: { text: "y" } }, 0);

    expect(frame.count).toBe(2);
    expect(decoded(frame.encode())).toEqual([
      { id: 1, tags: ["a"], note: { text: "x" } },
      { id: 3, tags: ["c"], note: { text: "y" } },
    ]);
  });

  it.each([
    ["several", [12, 11, 13], 11],
    ["one", [11, 11], 11],
    ["none", [MIN_TIMESTAMP], undefined],
    ["fractions", [11.5, 12], undefined],
  ])("tells the earliest timestamp without reading the records, where %s can be told", (_which, times, earliest) => {
    const frame = new FrameWriter();
    for (const timestampMs of times) frame.add(bid(1), timestampMs);

    expect(earliestOf(frame.encode(), 0)).toBe(earliest);
  });

  it("copies a record when it is added", () => {
    const frame = new FrameWriter();
    const record = { id: 1, name: "before", tags: ["before"] };
    frame.add(record, 0);
    record.id = 2;
    record.name = "after";
    record.tags.push("after");

    expect(decoded(frame.encode())).toEqual([{ id: 1, name: "before", tags: ["before"] }]);
  });

  it("widens a column once, and then has one table again", () => {
    const frame = new FrameWriter();
    const mixed = [{ price: 1 }, { price: 1.5 }, { price: 2 }];
    for (const record of mixed) frame.add(record, 0);
    const first = frame.encode();
    expect(decoded(first)).toEqual(mixed);

    frame.clear();
    for (const record of mixed) frame.add(record, 0);

    expect(decoded(frame.encode())).toEqual(mixed);
    expect(frame.encode().length).toBeLessThan(first.length);
  });

  it("carries records of ever-new shapes", () => {
    const frame = new FrameWriter();
    const records = Array.from({ length: 300 }, (_, index) => ({ [`field${index}`]: index }));
    for (const record of records) frame.add(record, 0);

    expect(decoded(frame.encode())).toEqual(records);
  });

  it("builds records of one hidden class, in which the fields have their order", () => {
    const frame = new FrameWriter();
    frame.add({ b: 1, a: 2 }, 0);
    frame.add({ a: 1, b: 2 }, 0);

    expect(decoded(frame.encode()).map((record) => Object.keys(record as object))).toEqual([
      ["b", "a"],
      ["a", "b"],
    ]);
  });
});
