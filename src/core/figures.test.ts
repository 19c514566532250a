import { describe, expect, it } from "vitest";
import { bytesText, countText, durationText, timeText } from "./figures.ts";

describe("figures", () => {
  it.each([
    [0, "0 B"],
    [1023, "1023 B"],
    [1024, "1 kB"],
    [1536, "1.5 kB"],
    [1_450_000, "1.38 MB"],
    [3 * 1024 ** 3, "3 GB"],
    [5 * 1024 ** 5, "5120 TB"],
  ])("shows %d bytes as %s", (bytes, text) => {
    expect(bytesText(bytes)).toBe(text);
  });

  it.each([
    [-5, "0 ms"],
    [0.4, "0 ms"],
    [999, "999 ms"],
    [1000, "1.0 s"],
    [3_249, "3.2 s"],
    [59_999, "59 s"],
    [60_000, "1 min"],
    [250_000, "4 min 10 s"],
    [3_600_000, "1 h"],
    [7_500_000, "2 h 5 min"],
    [273_600_000, "3 d 4 h"],
  ])("shows %d ms as %s", (ms, text) => {
    expect(durationText(ms)).toBe(text);
  });

  it.each([
    [0, "0"],
    [999, "999"],
    [1000, "1k"],
    [12_345, "12.3k"],
    [120_000, "120k"],
    [999_499, "999k"],
    [999_500, "1M"],
    [4_560_000, "4.56M"],
  ])("shows a count of %d as %s", (count, text) => {
    expect(countText(count)).toBe(text);
  });

  it("shows times in UTC, to the second", () => {
    expect(timeText(Date.UTC(2026, 2, 1, 14, 5, 9, 876))).toBe("2026-03-01 14:05:09Z");
  });
});
