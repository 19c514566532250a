import { describe, expect, it } from "vitest";
import { ownNumbers, type PartNumbers, sharedNumbers } from "./part-numbers.ts";

async function take(numbers: PartNumbers, count: number): Promise<(number | undefined)[]> {
  const taken: (number | undefined)[] = [];
  for (let n = 0; n < count; n++) taken.push(await numbers());
  return taken;
}

describe("numbers of parts", () => {
  it("go from 1 to 10,000 where nobody else writes", async () => {
    const numbers = ownNumbers();

    expect(await take(numbers, 3)).toEqual([1, 2, 3]);
    expect((await take(numbers, 9_997)).at(-1)).toBe(10_000);
    expect(await numbers()).toBeUndefined();
  });

  it("are different for all who write to one upload, and grow for each", async () => {
    const blocks = new Set<number>();
    const claim = async (index: number): Promise<boolean> => !blocks.has(index) && blocks.add(index) !== undefined;
    const opener = sharedNumbers(undefined, claim);
    const taken = await take(opener, 2);
    const second = sharedNumbers(2, claim);
    const third = sharedNumbers(2, claim);
    for (const writer of [opener, second, third, opener]) taken.push(...(await take(writer, 120)));

    expect(new Set(taken).size).toBe(taken.length);
    expect(await take(sharedNumbers(150, claim), 1)).toEqual([701]);
    expect(Math.max(...(taken as number[]))).toBeLessThan(701);
  });

  it("run out before the last, which is for the end of the file", async () => {
    const numbers = sharedNumbers(9_750, async () => true);

    expect(await take(numbers, 101)).toEqual([...Array.from({ length: 100 }, (_, n) => 9_801 + n), undefined]);
  });
});
