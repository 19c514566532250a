import { describe, expect, it } from "vitest";
import { max, maxBy, min, minBy, sum } from "./aggregations.ts";

interface Reading {
  readonly sensor: string;
  readonly room: string;
  readonly degrees: number;
}

const readings: readonly Reading[] = [
  { sensor: "a", room: "hall", degrees: 20 },
  { sensor: "a", room: "attic", degrees: 17 },
  { sensor: "a", room: "cellar", degrees: 17 },
  { sensor: "a", room: "roof", degrees: 24 },
];

describe("aggregations of a field", () => {
  it("sum, min and max keep the other fields of the first record", () => {
    expect(readings.reduce(sum<Reading>("degrees"))).toEqual({ sensor: "a", room: "hall", degrees: 78 });
    expect(readings.reduce(min<Reading>("degrees"))).toEqual({ sensor: "a", room: "hall", degrees: 17 });
    expect(readings.reduce(max<Reading>("degrees"))).toEqual({ sensor: "a", room: "hall", degrees: 24 });
  });

  it("minBy and maxBy keep the whole record, the first of several", () => {
    expect(readings.reduce(minBy<Reading>("degrees"))).toEqual({ sensor: "a", room: "attic", degrees: 17 });
    expect(readings.reduce(maxBy<Reading>("degrees"))).toEqual({ sensor: "a", room: "roof", degrees: 24 });
  });

  it("keep tuples tuples", () => {
    const sales: [string, number][] = [
      ["tea", 2],
      ["jam", 1],
    ];

    expect(sales.reduce(sum<[string, number]>("1"))).toEqual(["tea", 3]);
    expect(sales.reduce(min<[string, number]>("1"))).toEqual(["tea", 1]);
    expect(sales.reduce(max<[string, number]>("1"))).toEqual(["tea", 2]);
    expect(sales).toEqual([
      ["tea", 2],
      ["jam", 1],
    ]);
  });

  it("leave the records as they are", () => {
    const first = Object.freeze({ n: 1 });

    const total = sum<{ n: number }>("n")(first, Object.freeze({ n: 2 }));

    expect(first).toEqual({ n: 1 });
    expect(total).toEqual({ n: 3 });
  });
});
