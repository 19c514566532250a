import { editDistance } from "../core/edit-distance.ts";

/** The candidate with a name most like one of `wanted`, if any is so much alike that it may be the same thing renamed. */
export function nearestName<T>(
  wanted: readonly string[],
  candidates: readonly T[],
  namesOf: (candidate: T) => readonly string[],
): T | undefined {
  let nearest: { readonly candidate: T; readonly distance: number } | undefined;
  for (const candidate of candidates) {
    for (const name of namesOf(candidate)) {
      for (const other of wanted) {
        const distance = editDistance(other.toLowerCase(), name.toLowerCase());
        const alike = distance <= Math.max(other.length, name.length) / 2;
        if (alike && (nearest === undefined || distance < nearest.distance)) nearest = { candidate, distance };
      }
    }
  }
  return nearest?.candidate;
}
