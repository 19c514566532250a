import { describe, expect, it } from "vitest";
import { KeyContext } from "./key-context.ts";

const open = (): KeyContext => new KeyContext({ start: 0, end: 3 }, 4);

describe("KeyContext", () => {
  it("changes its serial with the key, and not when the same key comes again", () => {
    const context = open();
    const serials = ["a", "a", ["a"], ["a"], "a", ["b"], 1].map((key) => {
      context.set(key);
      return context.serial;
    });
    expect(serials).toEqual([1, 1, 2, 2, 3, 4, 5]);
  });

  it("keeps the key before when it refuses one", () => {
    const context = open();
    context.set("a");
    expect(() => context.set(null)).toThrow();
    expect(context.key).toBe("a");
  });

  it("refuses a key of another subtask's key groups", () => {
    const context = new KeyContext({ start: 0, end: 0 }, 1000);
    expect(() => {
      for (let key = 0; key < 100; key++) context.set(key);
    }).toThrow(/a key belongs to a key group of this subtask/);
  });

  it("gives strings and objects out as copies of its own", () => {
    const context = open();
    for (const key of [
      "short",
      "a key of more than twelve characters",
      "ein Schlüssel mit Umlaut",
      "ключ побольше 12",
    ]) {
      context.set(key);
      expect(context.owned()).toBe(key);
    }
    const key = { page: "a" };
    context.set(key);
    key.page = "b";
    expect(context.owned()).toEqual({ page: "a" });
  });
});
