import { describe, expect, it } from "vitest";
import { describeFault, previewOf, userPlace } from "./fault-text.ts";

const OWN = new URL("../", import.meta.url).pathname;

const stackOf = (...places: string[]): string => `Error: no\n${places.map((place) => `    at ${place}`).join("\n")}`;

describe("the place of a fault", () => {
  it("is the first one outside of the engine, of its generated code and of Node", () => {
    const stack = stackOf(
      `Object.processElement (${OWN}operators/x.ts:4:5)`,
      "map_5 (millrace-link-5-map:3:30)",
      "map_6 (eval at generate (file:///x/y.js:1:1), <anonymous>:3:27)",
      "Array.map (<anonymous>)",
      "node:internal/process/task_queues:95:5",
      "toEuros (file:///home/me/orders.mjs:7:42)",
      "main (/home/me/main.ts:1:2)",
    );
    expect(userPlace(stack)).toBe("/home/me/orders.mjs:7:42");
    expect(userPlace(stackOf("file:///home/me/orders.mjs:9:1"))).toBe("/home/me/orders.mjs:9:1");
    expect(userPlace(stackOf("async Promise.all (index 0)"))).toBeUndefined();
  });

  it("is the user's own line where a package that it calls has thrown, and the package's where there is no other", () => {
    const inPackage = "parse (/home/me/node_modules/dates/index.js:1:2)";
    const inEngine = "run (/home/me/node_modules/millrace/dist/runtime/task/link.js:1:2)";
    expect(userPlace(stackOf(inPackage, inEngine, "toDate (/home/me/orders.ts:3:4)"))).toBe("/home/me/orders.ts:3:4");
    expect(userPlace(stackOf(inEngine, inPackage))).toBe("/home/me/node_modules/dates/index.js:1:2");
  });

  it("follows the type and message of an error; what is no error is shown as it is", () => {
    const error = new TypeError("no such currency");
    error.stack = stackOf("/home/me/orders.ts:3:4");
    expect(describeFault(error)).toBe("TypeError: no such currency (at /home/me/orders.ts:3:4)");
    expect(describeFault("just text")).toBe('"just text"');
    expect(describeFault(undefined)).toBe("undefined");
  });
});

describe("the preview of a record", () => {
  it("is JSON where JSON holds all of it", () => {
    expect(previewOf({ price: 2, items: ["a"] })).toBe('{"price":2,"items":["a"]}');
  });

  it("is what Node shows where JSON would leave something out or fail", () => {
    const cyclic: Record<string, unknown> = { price: 1 };
    cyclic["self"] = cyclic;
    expect(previewOf(cyclic)).toBe("<ref *1> { price: 1, self: [Circular *1] }");
    expect(previewOf({ count: 10n })).toBe("{ count: 10n }");
    expect(previewOf(new Map([["a", Number.NaN]]))).toBe("Map(1) { 'a' => NaN }");
  });

  it("is shortened", () => {
    expect(previewOf("x".repeat(1000))).toBe(`"${"x".repeat(299)}... (1002 characters)`);
  });
});
