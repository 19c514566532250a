import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { keyHash, murmurInt } from "../../core/key-group.ts";
import { ColumnTable } from "./column-table.ts";
import { EntryTable } from "./entry-table.ts";
import { scratchOwner } from "./scratch.ts";
import type { Table } from "./table.ts";

const OWNER = { ...scratchOwner(), marked: true };

describe.each([
  { name: "ColumnTable", create: (): Table => new ColumnTable(OWNER, 0), windowOf: (): undefined => undefined },
  {
    name: "EntryTable",
    create: (): Table => new EntryTable(OWNER, 0, true),
    windowOf: (key: number) => ({ start: key % 3, end: 10 }),
  },
])("$name", ({ create, windowOf }) => {
  it("holds what a map would, each entry with its mark, whatever comes, goes and is trimmed", () => {
    const step = fc.oneof(
      { weight: 9, arbitrary: fc.integer({ min: 0, max: 60 }) },
      { weight: 1, arbitrary: fc.constant("trim" as const) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const table = create();
        const model = new Map<number, number>();
        let mark = 0;
        for (const key of steps) {
          if (key === "trim") {
            table.trim();
            continue;
          }
          const hash = murmurInt(keyHash(key));
          const slot = table.find(key, windowOf(key), hash);
          expect(slot >= 0).toBe(model.has(key));
          if (slot >= 0) {
            table.remove(slot);
            model.delete(key);
          } else {
            mark = 1 + (mark % 255);
            const added = table.insert(key, windowOf(key), hash, -key);
            table.marks[added] = mark;
            model.set(key, mark);
          }
        }
        const seen: unknown[] = [];
        table.forEach((key, window, value, slot) => {
          expect([table.keyAt(slot), table.windowAt(slot), table.peek(slot)]).toEqual([key, window, value]);
          expect([window, value]).toEqual([windowOf(key as number), -(key as number)]);
          seen.push([key, table.marks[slot]]);
        });
        expect(new Map(seen as [number, number][])).toEqual(model);
        expect(seen.length).toBe(table.size);
        expect(table.marks.filter((of) => of !== 0).length).toBe(table.size);
      }),
    );
  });

  it("is small again when little is left of much", () => {
    const table = create();
    for (let key = 0; key < 1000; key++) table.insert(key, windowOf(key), murmurInt(key), 1);
    const { length } = table.marks;
    for (let key = 1; key < 1000; key++) table.remove(table.find(key, windowOf(key), murmurInt(key)));
    table.trim();
    expect(table.marks.length).toBeLessThan(length / 4);
    expect(table.peek(table.find(0, windowOf(0), murmurInt(0)))).toBe(1);
  });
});

it("takes the marks along when columns become a table for any entries", () => {
  const columns = new ColumnTable(OWNER, 0);
  for (let key = 0; key < 100; key++) {
    const slot = columns.insert(key, undefined, murmurInt(key), key);
    columns.marks[slot] = 1 + key;
  }
  const table = EntryTable.replacing(columns, OWNER, 0);
  for (let key = 0; key < 100; key++) expect(table.marks[table.find(key, undefined, murmurInt(key))]).toBe(1 + key);
});
