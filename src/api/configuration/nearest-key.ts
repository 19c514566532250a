import { editDistance } from "../../core/edit-distance.ts";

/** The candidate that `key` most likely means: the one fewest typed characters away. Undefined where none is near. */
export function nearestKey(key: string, candidates: Iterable<string>): string | undefined {
  let nearest: string | undefined;
  let least = Math.max(2, Math.floor(key.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(key.toLowerCase(), candidate.toLowerCase());
    if (distance < least) {
      nearest = candidate;
      least = distance;
    }
  }
  return nearest;
}
