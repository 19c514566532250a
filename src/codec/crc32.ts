import { crc32 as zlibCrc32 } from "node:zlib";

/** The CRC-32 of `bytes`, as zlib and gzip compute it; `seed` is the result for the bytes before them. */
export function crc32(bytes: Uint8Array, seed = 0): number {
  return zlibCrc32(bytes, seed);
}
