/**
 * The 128-bit MurmurHash3 for 64-bit machines (x64 variant), as Guava's `Hashing.murmur3_128(0)` computes it and prints it with
 * `asBytes()`: both halves little-endian. Flink names operators with it, so the same uid gives the same operator id here and there.
 * For the control plane: it counts in BigInt.
 */
export function murmur3Hex128(bytes: Uint8Array, seed = 0): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const blockBytes = bytes.length - (bytes.length % BLOCK_BYTES);
  let h1 = BigInt(seed);
  let h2 = BigInt(seed);

  for (let at = 0; at < blockBytes; at += BLOCK_BYTES) {
    h1 ^= mixFirst(view.getBigUint64(at, true));
    h1 = u64(u64(rotateLeft(h1, 27n) + h2) * 5n + 0x52dce729n);
    h2 ^= mixSecond(view.getBigUint64(at + 8, true));
    h2 = u64(u64(rotateLeft(h2, 31n) + h1) * 5n + 0x38495ab5n);
  }

  h1 ^= mixFirst(littleEndian(bytes.subarray(blockBytes, blockBytes + 8)));
  h2 ^= mixSecond(littleEndian(bytes.subarray(blockBytes + 8)));

  h1 ^= BigInt(bytes.length);
  h2 ^= BigInt(bytes.length);
  h1 = u64(h1 + h2);
  h2 = u64(h2 + h1);
  h1 = finalMix(h1);
  h2 = finalMix(h2);
  h1 = u64(h1 + h2);
  h2 = u64(h2 + h1);
  return littleEndianHex(h1) + littleEndianHex(h2);
}

const BLOCK_BYTES = 16;
const C1 = 0x87c37b91114253d5n;
const C2 = 0x4cf5ad432745937fn;

const u64 = (value: bigint): bigint => BigInt.asUintN(64, value);
const rotateLeft = (value: bigint, by: bigint): bigint => u64(value << by) | (value >> (64n - by));
const mixFirst = (k: bigint): bigint => u64(rotateLeft(u64(k * C1), 31n) * C2);
const mixSecond = (k: bigint): bigint => u64(rotateLeft(u64(k * C2), 33n) * C1);

function finalMix(h: bigint): bigint {
  h = u64((h ^ (h >> 33n)) * 0xff51afd7ed558ccdn);
  h = u64((h ^ (h >> 33n)) * 0xc4ceb9fe1a85ec53n);
  return h ^ (h >> 33n);
}

/** Up to eight bytes as a number; none are 0, whose mix is 0. */
function littleEndian(bytes: Uint8Array): bigint {
  return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

function littleEndianHex(value: bigint): string {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, value, true);
  return Buffer.from(bytes).toString("hex");
}
