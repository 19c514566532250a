import { describe, expect, it } from "vitest";
import { hex32, STRING_HASH } from "../../bench/nexmark/checksum.ts";
import { eventAt, keyValueAt, type NexmarkEvent } from "../../bench/nexmark/events.ts";
import { fmix32 } from "../../bench/nexmark/mixing.ts";
import { naiveChecksum } from "../../bench/nexmark/naive.ts";
import { hashBid } from "../../bench/nexmark/results.ts";
import { CHECKSUMS_AT_1M, GOLDEN_EVENTS } from "./nexmark-golden.ts";

describe("Nexmark events", () => {
  it.each(GOLDEN_EVENTS)("event %i is the agreed one", (index, expected) => {
    expect(line(eventAt(index))).toBe(expected);
  });

  it("gives the agreed words", () => {
    const words = [0, 1, 2, 1_000_000].map((index) => keyValueAt(index, 1000));

    expect(words).toEqual([
      { key: 992, value: 57 },
      { key: 775, value: 214 },
      { key: 690, value: 206 },
      { key: 255, value: 131 },
    ]);
  });

  it("mixes as murmur3 does", () => {
    expect(hex32(fmix32(1))).toBe("514e28b7");
  });
});

describe("Nexmark queries without an engine", () => {
  it.each(CHECKSUMS_AT_1M)(
    "$query gives the agreed records over a million events ($mode)",
    ({ query, mode, count, hex }) => {
      const checksum = naiveChecksum(query, mode, { events: 1_000_000, keys: 1000 });

      expect({ count: checksum.count, hex: checksum.hex }).toEqual({ count, hex });
    },
  );
});

/** An event as the golden list writes it: its fields in order, and a bid's hashes. */
function line(event: NexmarkEvent): string {
  switch (event.kind) {
    case "person": {
      const { id, name, email, creditCard, city, state, dateTime, extra } = event;
      return `P ${[id, name, email, creditCard, city, state, dateTime, extra].join("|")}`;
    }
    case "auction": {
      const { id, itemName, description, initialBid, reserve, dateTime, expires, seller, category, extra } = event;
      return `A ${[id, itemName, description, initialBid, reserve, dateTime, expires, seller, category, extra].join("|")}`;
    }
    case "bid": {
      const { auction, bidder, price, channel, url, dateTime, extra } = event;
      const [light, full] = [STRING_HASH.light, STRING_HASH.full].map((hashString) => {
        const hash = hashBid(event, hashString);
        return `${hex32(fmix32(hash))},${hex32(fmix32((hash + 0x9e3779b9) | 0))}`;
      });
      return `B ${[auction, bidder, price, channel, url, dateTime, extra].join("|")} light=${light} full=${full}`;
    }
  }
}
