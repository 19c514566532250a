import { expect, it } from "vitest";
import { jsonText } from "./json-text.ts";

it("writes numbers that JavaScript has none of with all their digits", () => {
  expect(jsonText({ interval: 9_223_372_036_854_775_807n, name: "a" })).toBe(
    '{"interval":9223372036854775807,"name":"a"}',
  );
  expect(jsonText({ name: "bigint 5" })).toBe('{"name":"bigint 5"}');
});
