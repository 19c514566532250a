import { expect, it } from "vitest";
import { crc32 } from "./crc32.ts";

it("computes the CRC-32 that zlib and gzip use", () => {
  expect(crc32(Buffer.from("123456789"))).toBe(0xcbf43926);
});

it("continues from an earlier result", () => {
  expect(crc32(Buffer.from("6789"), crc32(Buffer.from("12345")))).toBe(crc32(Buffer.from("123456789")));
});
