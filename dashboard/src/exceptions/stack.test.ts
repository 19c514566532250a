import { describe, expect, it } from "vitest";
import { parseStack } from "./stack.ts";

const STACK = `Error: order 1566 has no customer
    at enrich (/home/ada/orders/src/orders.ts:12:11)
    at MapOperator.processRecord (/home/ada/orders/node_modules/millrace/dist/operators/map-operator.js:20:5)
    at node:internal/process/task_queues:95:5`;

describe("a stack", () => {
  it("begins with the message, and names the line of the user's program", () => {
    const { message, place, frames } = parseStack(STACK);

    expect(message).toBe("Error: order 1566 has no customer");
    expect(place).toBe("/home/ada/orders/src/orders.ts:12:11");
    expect(frames.map(({ isOwn }) => isOwn)).toEqual([true, false, false]);
  });

  it("names the line of the innermost cause", () => {
    const { place } = parseStack(`UserFunctionError: "enrich" failed
    at outer (file:///home/ada/orders/src/main.ts:3:1)
Caused by: TypeError: x is undefined
    at inner (file:///home/ada/orders/src/lookup.ts:7:2)`);

    expect(place).toBe("/home/ada/orders/src/lookup.ts:7:2");
  });

  it("of Java's has a message too, and no line of ours", () => {
    const { message, place } = parseStack(
      "java.lang.IllegalStateException: no\n\tat flinkprobe.Main$Enrich.map(Main.java:98)",
    );

    expect(message).toBe("java.lang.IllegalStateException: no");
    expect(place).toBe("Main.java:98");
  });

  it("may have no frames", () => {
    expect(parseStack("gone")).toEqual({ message: "gone", place: undefined, frames: [] });
  });
});
