/** S3 numbers the parts of an upload from 1 to this; the object is made of them in the order of their numbers, which may have gaps. */
const NUMBER_MAX = 10_000;

/** Numbers that a writer takes for itself at once. */
const BLOCK = 100;

/** Gives numbers that grow. Undefined: there are no more. */
export type PartNumbers = () => Promise<number | undefined>;

/** For an upload that nobody else writes to. */
export function ownNumbers(): PartNumbers {
  let number = 0;
  return async () => (number < NUMBER_MAX ? ++number : undefined);
}

/** For the end of a file that is published: whoever publishes it sends the same bytes. */
export function lastNumber(): PartNumbers {
  return async () => NUMBER_MAX;
}

/**
 * For an upload that several processes may write to: one that was overtaken and does not know it yet, and those that have gone on from
 * different points of it. Each takes blocks of numbers that no other has, so that none writes over a part of another:
 *
 *     opened: 1 2 3 ...    gone on from part 2: 101 102 ...    gone on from part 2 as well: 201 ...
 *
 * @param after - The last part that there is; undefined for who has opened the upload, whose block is the first.
 * @param take - Takes block `index`; false where another one has it.
 */
export function sharedNumbers(after: number | undefined, take: (index: number) => Promise<boolean>): PartNumbers {
  let block = after === undefined ? 0 : Math.floor(Math.max(0, after - 1) / BLOCK);
  let number = 0;
  let blockEnd = after === undefined ? BLOCK : 0;
  return async () => {
    while (number >= blockEnd) {
      block++;
      // The last number is for the end.
      if ((block + 1) * BLOCK >= NUMBER_MAX) return undefined;
      if (!(await take(block))) continue;
      number = block * BLOCK;
      blockEnd = number + BLOCK;
    }
    return ++number;
  };
}
