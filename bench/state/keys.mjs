/** Sequences of keys from 0 to `keyCount` - 1, the same for the same arguments. */

/** Each key as likely as any other. */
export function uniform(keyCount, length, seed) {
  const random = randomOf(seed);
  return Int32Array.from({ length }, () => Math.floor(random() * keyCount));
}

/** The key of rank r about 1/r as likely as the first; ranks lie all over the range. */
export function zipf(keyCount, length, seed) {
  const random = randomOf(seed);
  const logCount = Math.log(keyCount + 1);
  return Int32Array.from({ length }, () => (Math.floor(Math.exp(random() * logCount) - 1) * PRIME) % keyCount);
}

const PRIME = 7919;

/** Mulberry32. */
function randomOf(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
