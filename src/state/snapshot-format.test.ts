import { describe, expect, it } from "vitest";
import type { StateDescription } from "./keyed-state-backend.ts";
import { describeState, EntryWriter, readEntries, type StateLayout } from "./snapshot-format.ts";

const layout = (index: number, kind: StateLayout["kind"], other: Partial<StateLayout> = {}): StateLayout => ({
  index,
  name: `${kind} ${index}`,
  kind,
  windowed: false,
  ttl: false,
  declared: undefined,
  ...other,
});

const LAYOUTS = [
  layout(0, "value"),
  layout(1, "list", { windowed: true }),
  layout(2, "map", { ttl: true }),
  layout(3, "slices"),
  layout(4, "timers"),
  layout(5, "reducing", { ttl: true, windowed: true }),
] as const;

const WINDOW = { start: 0, end: 10 };

function writeAll(writer: EntryWriter): Uint8Array {
  const [value, list, map, slices, timers, reducing] = LAYOUTS;
  writer.value(value, 7, undefined, 0, "x");
  writer.list(list, "k", WINDOW, [1, 2], undefined);
  writer.beginMap(map, "k", undefined);
  writer.mapRow(map, "row", 5, true);
  writer.endMap();
  writer.slice(slices, "k", 20, 3);
  writer.timer(timers, "k", 30, undefined);
  writer.timer(timers, "k", 30, WINDOW);
  writer.value(reducing, "k", WINDOW, 5, 9);
  return writer.take();
}

const describeAll = (writer: EntryWriter): readonly StateDescription[] =>
  LAYOUTS.map((state) => describeState(state, [writer]));

describe("the snapshot format", () => {
  it("reads back what was written, one run after the other", () => {
    const writer = new EntryWriter();
    const run = writeAll(writer);
    const states = describeAll(writer);
    const expected = [
      { state: 0, key: 7, window: undefined, body: "value", timeMs: 0, value: "x" },
      { state: 1, key: "k", window: WINDOW, body: "list", elements: [1, 2], times: [0, 0] },
      { state: 2, key: "k", window: undefined, body: "map", rows: [{ key: "row", timeMs: 5, value: true }] },
      { state: 3, key: "k", window: undefined, body: "slice", slice: 20, accumulator: 3 },
      { state: 4, key: "k", window: undefined, body: "timer", timestampMs: 30 },
      { state: 4, key: "k", window: WINDOW, body: "timer", timestampMs: 30 },
      { state: 5, key: "k", window: WINDOW, body: "value", timeMs: 5, value: 9 },
    ];
    expect([...readEntries(run, states)]).toEqual(expected);
    expect([...readEntries(Buffer.concat([run, writeAll(writer)]), states)]).toEqual([...expected, ...expected]);
    expect([...readEntries(new Uint8Array(0), states)]).toEqual([]);
  });

  it("stays the same bytes: snapshots of earlier versions must remain readable", () => {
    const expected = [
      "01 07 4178", // value state: key 7, "x"
      "02 416b 0000000000000000 0000000000002440 02 01 02", // windowed list: key "k", 0 to 10, two elements
      "03 416b 01 43726f77 0000000000001440 a3 00", // map with a ttl: one row, written at 5, true
      "04 416b 0000000000003440 03", // slice 20
      "05 416b 0000000000003e40 00", // timer at 30
      "05 416b 0000000000003e40 01 0000000000000000 0000000000002440",
      "06 416b 0000000000000000 0000000000002440 0000000000001440 09",
      "00",
    ];
    expect(Buffer.from(writeAll(new EntryWriter())).toString("hex")).toBe(expected.join("").replaceAll(" ", ""));
  });

  it("describes each state with the types of its own keys and values", () => {
    const writer = new EntryWriter();
    writeAll(writer);
    expect(describeAll(writer).map(({ keySchema, valueSchema }) => [keySchema, valueSchema])).toEqual([
      [{ type: "number" }, { type: "string" }],
      [{ type: "string" }, { type: "number" }],
      [{ type: "string" }, { type: "map", keys: { type: "string" }, values: { type: "boolean" } }],
      [{ type: "string" }, { type: "number" }],
      [{ type: "string" }, { type: "number" }],
      [{ type: "string" }, { type: "number" }],
    ]);
  });

  it("refuses an entry of a state that is not described", () => {
    const run = writeAll(new EntryWriter());
    expect(() => [...readEntries(run, [])]).toThrow(expect.objectContaining({ code: "CHECKPOINT_CORRUPT" }));
  });
});
