import { describe, expect, it } from "vitest";
import { bytesText, countText, durationText, eventTimeText, percentText, rateText } from "./figures.ts";

/** As typed: spaces that do not break are spaces here. */
const plain = (text: string): string => text.replaceAll("\u00a0", " ");

describe("figures", () => {
  it("have three digits that matter", () => {
    expect([0, 7, 999, 1000, 9999, 12_345, 999_499, 999_500, 1_234_567, 5e9].map((n) => plain(countText(n)))).toEqual([
      "0",
      "7",
      "999",
      "1 000",
      "9 999",
      "12.3 k",
      "999 k",
      "1 M",
      "1.23 M",
      "5 G",
    ]);
    expect([0, 265, 1536, 15_963, 1e6, 2.5e9].map((n) => plain(bytesText(n)))).toEqual([
      "0 B",
      "265 B",
      "1.54 kB",
      "16 kB",
      "1 MB",
      "2.5 GB",
    ]);
  });

  it("have a unit of the size of what they measure", () => {
    expect(
      [0, 13, 999, 1500, 12_400, 60_000, 83_000, 3_600_000, 90_061_000].map((ms) => plain(durationText(ms))),
    ).toEqual(["0 ms", "13 ms", "999 ms", "1.5 s", "12 s", "1 min", "1 min 23 s", "1 h", "1 d 1 h"]);
    expect([0, 0.25, 9.96, 12.4, 12_345].map((n) => plain(rateText(n)))).toEqual([
      "0/s",
      "0.3/s",
      "10.0/s",
      "12/s",
      "12.3 k/s",
    ]);
    expect(plain(percentText(0.123))).toBe("12 %");
  });

  it("are a dash where there is none", () => {
    expect([rateText(undefined), durationText(-1), countText(Number.NaN), bytesText(Number.NaN)]).toEqual([
      "–",
      "–",
      "–",
      "–",
    ]);
  });

  it("show event time as it is in the records", () => {
    expect(eventTimeText(982_152_000_000)).toBe("2001-02-14 12:00:00");
    expect(eventTimeText(982_152_000_250)).toBe("2001-02-14 12:00:00.250");
  });
});
