import { describe, expect, it } from "vitest";
import { MillraceError } from "../core/errors.ts";
import { CheckedValue, sentenceOf } from "./checked-value.ts";

describe("checked value", () => {
  const value = new CheckedValue(
    { list: [{ n: 3, text: "abc", flag: true, bytes: Uint8Array.of(1) }], none: null },
    "file",
  );
  const [first] = value.field("list").list(1);

  it("gives each part as what it is", () => {
    expect(first!.field("n").integer(0, 3)).toBe(3);
    expect(first!.field("text").text(3)).toBe("abc");
    expect(first!.field("text").oneOf(["x", "abc"])).toBe("abc");
    expect(first!.field("flag").flag()).toBe(true);
    expect(first!.field("bytes").bytes()).toEqual(Uint8Array.of(1));
    expect([value.field("none").missing, value.field("other").missing, first!.missing]).toEqual([true, true, false]);
  });

  it.each<[string, () => unknown]>([
    ["list[0].n is 3, outside 0 to 2", () => first!.field("n").integer(0, 2)],
    ["list[0].text is not a whole number", () => first!.field("text").integer(0, 2)],
    ["list[0].text is longer than 2 characters", () => first!.field("text").text(2)],
    ["list[0].n is not a text", () => first!.field("n").text(2)],
    ["list[0].n is neither true nor false", () => first!.field("n").flag()],
    ["list[0].n is not bytes", () => first!.field("n").bytes()],
    ["list[0].text is none of x, y", () => first!.field("text").oneOf(["x", "y"])],
    ["list has 1 items, more than 0", () => value.field("list").list(0)],
    ["none is not a list", () => value.field("none").list(0)],
    ["none is not an object", () => value.field("none").field("x")],
    ["list is not an object", () => value.field("list").field("x")],
    ["its content is not a list", () => value.list(1)],
    ["list[0].n is odd", () => first!.field("n").that((n): n is number => (n as number) % 2 === 0, "is odd")],
  ])("says which part is wrong: %s", (what, read) => {
    expect(read).toThrow(`CHECKPOINT_CORRUPT: file is damaged: ${what}.`);
  });

  it("says what an error says happened, without code and advice", () => {
    expect(sentenceOf(new MillraceError("FILE_FAILED", { message: "it failed.", advice: "Wait." }))).toBe("it failed.");
    expect(sentenceOf("plain")).toBe("plain");
  });
});
