import { describe, expect, it } from "vitest";
import { SpareCells } from "./spare-cells.ts";

describe("spare cells", () => {
  it("are used again for copies of the same length, and only once", () => {
    const spare = new SpareCells();
    const used = Float64Array.of(1, 2);
    spare.add(used);

    const long = spare.copyOf(Float64Array.of(3, 4, 5));
    const first = spare.copyOf(Float64Array.of(6, 7));
    const second = spare.copyOf(Float64Array.of(8, 9));

    expect(first).toBe(used);
    expect([long, first, second]).toEqual([Float64Array.of(3, 4, 5), Float64Array.of(6, 7), Float64Array.of(8, 9)]);
  });

  it("go when nobody has needed them between two freezes, and stay otherwise", () => {
    const spare = new SpareCells();
    const cells: Float64Array[] = [1, 2, 3].map((value) => Float64Array.of(value));
    for (const one of cells) spare.add(one);
    spare.trim();

    // Two of three are needed at a time.
    const copies = [spare.copyOf(Float64Array.of(4)), spare.copyOf(Float64Array.of(5))];
    for (const copy of copies) spare.add(copy);
    spare.trim();

    const kept = [1, 2, 3].map((value) => spare.copyOf(Float64Array.of(value)));
    expect(kept.filter((copy) => cells.includes(copy))).toHaveLength(2);
  });

  it("all go when no freeze needs any", () => {
    const spare = new SpareCells();
    const cells = Float64Array.of(1);
    spare.add(cells);
    spare.trim();
    spare.trim();
    expect(spare.copyOf(Float64Array.of(2))).not.toBe(cells);
  });
});
