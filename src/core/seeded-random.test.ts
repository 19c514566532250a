import fc from "fast-check";
import { expect, it } from "vitest";
import { seededRandom } from "./seeded-random.ts";

it("gives the numbers of Mulberry32", () => {
  const random = seededRandom(1);
  expect([random(), random(), random()].map((number) => number * 2 ** 32)).toEqual([2693262067, 11749833, 2265367787]);
});

it("gives the same numbers again for the same seed, all of them in [0, 1)", () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const [one, other] = [seededRandom(seed), seededRandom(seed)];
      for (let draw = 0; draw < 20; draw++) {
        const number = one();
        expect(other()).toBe(number);
        expect(number >= 0 && number < 1).toBe(true);
      }
    }),
  );
});
