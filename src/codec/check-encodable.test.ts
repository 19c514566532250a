import { describe, expect, it } from "vitest";
import { CodecError } from "../core/errors.ts";
import { VALUE_DEPTH_MAX } from "./check-encodable.ts";
import { FrameWriter } from "./frame.ts";
import { checkEncodable, copyValue, encodeValue } from "./value-codec.ts";

class Order {
  id = 1;
}

function nested(levels: number): unknown {
  let value: unknown = "core";
  for (let level = 0; level < levels; level++) value = level % 2 === 0 ? [value] : { in: value };
  return value;
}

function cycle(): unknown {
  const order: Record<string, unknown> = { id: 1 };
  order["line"] = { order };
  return { order };
}

const REFUSED: readonly (readonly [what: string, value: unknown, message: string])[] = [
  ["a function", { order: { items: [0, 1, 2, { callback() {} }] } }, "value.order.items[3].callback is a function."],
  ["a symbol", [Symbol("s")], "value[0] is a symbol."],
  ["a promise", { later: Promise.resolve(1) }, "value.later is a promise."],
  ["a class instance", new Map([["a", new Order()]]), 'value.get("a") is an instance of class Order.'],
  ["a key of a map", new Map([[{ f() {} }, 1]]), "value.keys()[0].f is a function."],
  ["an item of a set", new Set([1, new Order()]), "value.values()[1] is an instance of class Order."],
  ["a subclass of a collection", { m: new (class Index extends Map {})() }, "value.m is an instance of class Index."],
  ["an error", { "last error": new Error("no") }, 'value["last error"] is an instance of class Error.'],
  ["a weak map", [new WeakMap()], "value[0] is an instance of class WeakMap."],
  ["a borrowed prototype", { o: Object.create({ a: 1 }) }, "value.o is an instance of class Object."],
  ["a cycle", cycle(), "value.order.line.order refers back to value.order."],
  ["too deep a nest", nested(VALUE_DEPTH_MAX + 1), `is nested more than ${VALUE_DEPTH_MAX} levels deep.`],
];

const CARRIERS: readonly (readonly [name: string, carry: (value: unknown) => void])[] = [
  ["checkEncodable", checkEncodable],
  ["encodeValue", encodeValue],
  ["copyValue", copyValue],
  ["a frame", (value) => new FrameWriter().add(value, 0)],
];

describe.each(CARRIERS)("%s", (_name, carry) => {
  it.each(REFUSED)("refuses %s, and says where it is", (_what, value, message) => {
    expect(() => carry(value)).toThrow(CodecError);
    expect(() => carry(value)).toThrow(`VALUE_NOT_ENCODABLE: `);
    expect(() => carry(value)).toThrow(message);
  });

  it("takes a value of the greatest depth", () => {
    expect(() => carry(nested(VALUE_DEPTH_MAX))).not.toThrow();
  });
});
