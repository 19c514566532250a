import { describe, expect, it } from "vitest";
import { isExpired, ttlOf } from "./ttl.ts";

describe("a time to live", () => {
  it("is read from a duration or from options, with the defaults filled in", () => {
    expect(ttlOf({})).toBeUndefined();
    expect(ttlOf({ ttl: "5s" })).toEqual({ afterMs: 5000, refreshOnRead: false, returnExpired: false });
    expect(ttlOf({ ttl: { after: 10, refreshOn: "read-and-write", returnExpired: true } })).toEqual({
      afterMs: 10,
      refreshOnRead: true,
      returnExpired: true,
    });
  });

  it("is refused where it is no time at all", () => {
    expect(() => ttlOf({ ttl: 0 })).toThrow(expect.objectContaining({ code: "DURATION_INVALID" }));
  });

  it("is over when as much time has passed", () => {
    const ttl = ttlOf({ ttl: 10 })!;
    expect([isExpired(ttl, 5, 14), isExpired(ttl, 5, 15)]).toEqual([false, true]);
  });
});
