/** The 32-bit integer arithmetic that both the events and the checksums are made of. */

/** Murmur3's finaliser: every bit of `h` touches every bit of the result. */
export function fmix32(h: number): number {
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** A number in [0, n) from 32 random bits. */
export function pick(x: number, n: number): number {
  return (x >>> 1) % n;
}
