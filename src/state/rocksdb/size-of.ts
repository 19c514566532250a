const PARTS_MAX = 64;

/** About how many bytes a value takes in memory; of a large one extrapolated from its first parts. */
export function sizeOf(value: unknown): number {
  switch (typeof value) {
    case "string":
      return 24 + value.length;
    case "object":
      return value === null ? 8 : sizeOfObject(value);
    default:
      return 16;
  }
}

function sizeOfObject(value: object): number {
  if (ArrayBuffer.isView(value)) return 64 + value.byteLength;
  const parts = Array.isArray(value) ? value : Object.values(value);
  let bytes = 0;
  const counted = Math.min(parts.length, PARTS_MAX);
  for (let i = 0; i < counted; i++) bytes += 8 + sizeOf(parts[i]);
  return 32 + (counted === 0 ? 0 : (bytes / counted) * parts.length);
}
