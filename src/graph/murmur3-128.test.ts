import { describe, expect, it } from "vitest";
import { murmur3Hex128 } from "./murmur3-128.ts";

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("murmur3_128 with seed 0", () => {
  it.each([
    // Guava's own test vectors, halves printed as asBytes() prints them (little-endian).
    ["", "00000000000000000000000000000000"],
    ["abc", "6778ad3f3f3f96b4522dca264174a23b"],
    // 43 bytes: two whole blocks and a tail in both halves.
    ["The quick brown fox jumps over the lazy dog", "6c1b07bc7bbc4be347939ac4a93c437a"],
  ])("hashes %j as Guava does", (text, hex) => {
    expect(murmur3Hex128(utf8(text))).toBe(hex);
  });

  it("gives the id that Flink shows for the first operator of a job without uids", () => {
    // Flink hashes the four bytes of the int 0 for it; the id is in countless logs.
    expect(murmur3Hex128(new Uint8Array(4))).toBe("bc764cd8ddf7a0cff126f51c16239658");
  });

  it("depends on the seed", () => {
    expect(murmur3Hex128(utf8("abc"), 1)).not.toBe(murmur3Hex128(utf8("abc"), 0));
  });
});
