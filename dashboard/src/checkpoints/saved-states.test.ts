import { describe, expect, it } from "vitest";
import type { SavedState } from "../rest/millrace.ts";
import { contentsText } from "./saved-states.tsx";

describe("what a state holds", () => {
  it.each([
    { of: {}, text: "7 keys, kept until removed" },
    { of: { ttl: true }, text: "7 keys, with a time to live" },
    { of: { windowed: true }, text: "7 windows of keys" },
    { of: { kind: "slices" }, text: "7 windows of keys" },
    { of: { kind: "timers" }, text: "7 timers" },
    { of: { kind: "union" }, text: "7 items of its subtasks" },
  ])("is $text", ({ of, text }) => {
    expect(contentsText({ kind: "value", windowed: false, ttl: false, entries: 7, ...of } as SavedState)).toBe(text);
  });
});
