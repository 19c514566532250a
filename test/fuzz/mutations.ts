/** What a sample becomes: bytes changed, cut, repeated, or taken from another sample. `chance` gives numbers in [0, 1). */
export function mutated(samples: readonly Uint8Array[], chance: () => number): Uint8Array {
  const below = (limit: number): number => Math.floor(chance() * limit);
  let input = samples[below(samples.length)]!;
  for (let left = 1 + below(6); left > 0; left--) {
    const at = below(input.length + 1);
    const [before, after] = [input.subarray(0, at), input.subarray(at)];
    switch (below(6)) {
      case 0:
        input = joined(before, [TELLING[below(TELLING.length)]!], after.subarray(1));
        break;
      case 1:
        input = joined(before, [(after[0] ?? 0) ^ (1 << below(8))], after.subarray(1));
        break;
      case 2:
        input = before.slice();
        break;
      case 3:
        input = joined(before, [below(256)], after);
        break;
      case 4:
        input = joined(before, after.subarray(0, below(64)), after);
        break;
      case 5: {
        const other = samples[below(samples.length)]!;
        const from = below(other.length + 1);
        input = joined(before, other.subarray(from, from + below(64)), after.subarray(below(after.length + 1)));
        break;
      }
    }
  }
  return input.length > INPUT_BYTES_MAX ? input.slice(0, INPUT_BYTES_MAX) : input;
}

/** Ends of ranges, signs, and what opens or closes something in a text. */
const TELLING = [0, 1, 9, 10, 13, 34, 39, 44, 47, 58, 92, 96, 123, 125, 127, 128, 192, 240, 254, 255];

const INPUT_BYTES_MAX = 4096;

function joined(before: Uint8Array, middle: ArrayLike<number>, after: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(before.length + middle.length + after.length);
  bytes.set(before, 0);
  bytes.set(middle, before.length);
  bytes.set(after, before.length + middle.length);
  return bytes;
}
