import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TimestampHeap } from "./timestamp-heap.ts";

describe("TimestampHeap", () => {
  it("gives the least of what it holds", () => {
    const actions = fc.array(fc.oneof(fc.integer(), fc.constantFrom("pop", "reset")), { maxLength: 200 });
    fc.assert(
      fc.property(actions, (history) => {
        const heap = new TimestampHeap();
        let model: number[] = [];
        for (const action of history) {
          if (typeof action === "number") {
            heap.push(action);
            model.push(action);
          } else if (action === "pop") {
            heap.pop();
            model.shift();
          } else {
            model = model.filter((timestampMs) => timestampMs % 2 === 0);
            heap.reset(model);
          }
          model.sort((a, b) => a - b);
          expect(heap.peek()).toBe(model[0]);
          expect(heap.size).toBe(model.length);
        }
      }),
    );
  });
});
