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

/** How many characters have to be inserted, removed or replaced to make `b` of `a`. */
export function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
