import type { Random } from "./clock.ts";

/**
 * Chance from a seed: the same seed gives the same numbers, in every version of Node. The algorithm is Mulberry32 (Tommy Ettinger, public
 * domain): 32 bits of state, quick, and good enough to choose faults and inputs; not for secrets.
 *
 * @param seed - A whole number; its lower 32 bits count.
 * @returns numbers in [0, 1).
 */
export function seededRandom(seed: number): Random {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
