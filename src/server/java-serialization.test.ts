import { describe, expect, it } from "vitest";
import { failureCause, javaString, serializedCount } from "./java-serialization.ts";

describe("what Java's clients read", () => {
  it("is a throwable with its name, message and stack trace", () => {
    const cause = failureCause("MillraceError", "no folder", "MillraceError: no folder\n    at x");
    const bytes = Buffer.from(cause["serialized-throwable"], "base64");

    expect(cause).toMatchObject({ class: "MillraceError", "stack-trace": "MillraceError: no folder\n    at x" });
    // The magic number and version of a serialization stream.
    expect([...bytes.subarray(0, 4)]).toEqual([0xac, 0xed, 0x00, 0x05]);
    expect(bytes.includes("org.apache.flink.util.SerializedThrowable")).toBe(true);
    for (const text of ["no folder", "MillraceError: no folder\n    at x", "MillraceError"]) {
      expect(bytes.includes(javaString(text))).toBe(true);
    }
  });

  it("is a count as Flink 2.3 wrote it", () => {
    expect(serializedCount(0x25f0)).toBe(
      "rO0ABXNyACVvcmcuYXBhY2hlLmZsaW5rLnV0aWwuT3B0aW9uYWxGYWlsdXJlAAAAAAAAAAEDAAFMAAxmYWlsdXJlQ2F1c2V0ABVMamF2YS9sYW5nL1Rocm93YWJsZTt4cHBzcgAOamF2YS5sYW5nLkxvbmc7i+SQzI8j3wIAAUoABXZhbHVleHIAEGphdmEubGFuZy5OdW1iZXKGrJUdC5TgiwIAAHhwAAAAAAAAJfB4",
    );
  });

  it.each([
    ["a", [0x74, 0, 1, 0x61]],
    ["", [0x74, 0, 0]],
    ["\0", [0x74, 0, 2, 0xc0, 0x80]],
    ["é", [0x74, 0, 2, 0xc3, 0xa9]],
    ["€", [0x74, 0, 3, 0xe2, 0x82, 0xac]],
    ["😀", [0x74, 0, 6, 0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80]],
  ])("writes %j in modified UTF-8", (text, bytes) => {
    expect([...javaString(text)]).toEqual(bytes);
  });

  it("writes a long text with a long length", () => {
    const bytes = javaString("x".repeat(70_000));

    expect([...bytes.subarray(0, 9)]).toEqual([0x7c, 0, 0, 0, 0, 0, 1, 0x11, 0x70]);
    expect(bytes).toHaveLength(70_009);
  });
});
