import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MAX_TIMESTAMP } from "../core/time.ts";
import type { ProcessJoinFunction } from "./functions.ts";
import { IntervalJoinOperator } from "./interval-join-operator.ts";
import { type OutputTag, outputTag } from "./operator.ts";
import { type HarnessSnapshot, TwoInputHarness } from "./operator-harness.ts";

interface Order {
  readonly id: string;
  readonly order: string;
}

interface Payment {
  readonly id: string;
  readonly payment: string;
}

const DISTANCE = outputTag<number>("distance");

const paid: ProcessJoinFunction<Order, Payment, string> = {
  processElement({ order }, { payment }, { leftTimestamp, rightTimestamp, output }, out) {
    out.collect(`${order} ${payment}`);
    output(DISTANCE, rightTimestamp - leftTimestamp);
  },
};

interface Settings {
  readonly lateOrders?: OutputTag<Order>;
  readonly restore?: readonly HarnessSnapshot[];
}

function open(lowerMs: number, upperMs: number, { lateOrders, restore }: Settings = {}) {
  const operator = new IntervalJoinOperator<Order, Payment, string>({
    lowerMs,
    upperMs,
    leftLateTag: lateOrders,
    rightLateTag: undefined,
    join: paid,
  });
  const keys = [(order: Order) => order.id, (payment: Payment) => payment.id];
  return new TwoInputHarness<Order, Payment, string>(operator, { keys, ...(restore && { restore }) });
}

describe("an interval join", () => {
  it("pairs what is within both bounds, whichever comes first, at the later of both times", () => {
    const join = open(-5, 5);

    join.push2({ id: "a", payment: "at 4" }, 4);
    join.push2({ id: "a", payment: "at 5" }, 5);
    join.push1({ id: "a", order: "order" }, 10);
    join.push2({ id: "a", payment: "at 15" }, 15);
    join.push2({ id: "a", payment: "at 16" }, 16);

    expect(join.records).toEqual([
      { value: "order at 5", timestamp: 10 },
      { value: "order at 15", timestamp: 15 },
    ]);
    expect(join.side(DISTANCE)).toEqual([-5, 5]);
  });

  it("pairs no records of different keys", () => {
    const join = open(-5, 5);

    join.push1({ id: "a", order: "order" }, 10);
    join.push2({ id: "b", payment: "another's" }, 10);

    expect(join.values).toEqual([]);
  });

  it("pairs several records of one time each with each", () => {
    const join = open(0, 0);

    for (const order of ["x", "y"]) join.push1({ id: "a", order }, 1);
    for (const payment of ["1", "2"]) join.push2({ id: "a", payment }, 1);

    expect(join.values).toEqual(["x 1", "y 1", "x 2", "y 2"]);
  });

  it.each([
    { lowerMs: -5, upperMs: 5, orderUntil: 15, paymentUntil: 15 },
    { lowerMs: 2, upperMs: 7, orderUntil: 17, paymentUntil: 10 },
    { lowerMs: -7, upperMs: -2, orderUntil: 10, paymentUntil: 17 },
  ])("keeps a record as long as it may find a partner: $lowerMs to $upperMs", ({ lowerMs, upperMs, ...until }) => {
    const join = open(lowerMs, upperMs);
    const keptAt = (watermark: number): number => {
      join.watermark(watermark);
      return join.stateEntryCount();
    };

    join.push1({ id: "a", order: "order" }, 10);
    expect(keptAt(until.orderUntil - 1)).toBeGreaterThan(0);
    expect(keptAt(until.orderUntil)).toBe(0);

    const later = open(lowerMs, upperMs);
    later.push2({ id: "a", payment: "payment" }, 10);
    later.watermark(until.paymentUntil - 1);
    expect(later.stateEntryCount()).toBeGreaterThan(0);
    later.watermark(until.paymentUntil);
    expect(later.stateEntryCount()).toBe(0);
  });

  it("joins nothing with what is behind the watermark: it goes to its side output, or is counted and shown", () => {
    const late = outputTag<Order>("late");
    const join = open(-5, 5, { lateOrders: late });
    join.push1({ id: "a", order: "in time" }, 8);
    join.push2({ id: "a", payment: "in time" }, 8);
    join.watermark(9);

    join.push1({ id: "a", order: "late" }, 8);
    join.push2({ id: "a", payment: "late" }, 8);
    join.push2({ id: "a", payment: "just in time" }, 9);

    expect(join.values).toEqual(["in time in time", "in time just in time"]);
    expect(join.side(late)).toEqual([{ id: "a", order: "late" }]);
    expect(join.late).toEqual([{ value: { id: "a", payment: "late" }, lateByMs: 1 }]);
    expect(join.counter("numLateRecordsDropped")).toBe(1);
  });

  it("goes on from a snapshot: what is kept finds its partner, and what was late is late", () => {
    const before = open(-5, 5);
    before.push1({ id: "a", order: "kept" }, 8);
    before.watermark(9);

    const after = open(-5, 5, { restore: [before.snapshot()] });
    after.push2({ id: "a", payment: "late" }, 8);
    after.push2({ id: "a", payment: "in time" }, 13);
    after.watermark(MAX_TIMESTAMP);

    expect(after.values).toEqual(["kept in time"]);
    expect(after.stateEntryCount()).toBe(0);
  });

  it("refuses a record without a timestamp", () => {
    const join = open(-5, 5);

    expect(() => join.push1({ id: "a", order: "when?" })).toThrow(
      '"operator" joins records by event time, and got one without a timestamp.',
    );
  });

  it("gives what comparing all with all gives, in any order of the inputs", () => {
    const time = fc.integer({ min: 0, max: 40 });
    const records = fc.array(fc.record({ isOrder: fc.boolean(), at: time, id: fc.constantFrom("a", "b") }), {
      maxLength: 40,
    });
    fc.assert(
      fc.property(records, fc.integer({ min: -10, max: 10 }), fc.nat({ max: 10 }), (inputs, lowerMs, lengthMs) => {
        const upperMs = lowerMs + lengthMs;
        const join = open(lowerMs, upperMs);
        for (const [index, { isOrder, at, id }] of inputs.entries()) {
          if (isOrder) join.push1({ id, order: `${index}` }, at);
          else join.push2({ id, payment: `${index}` }, at);
        }
        const orders = [...inputs.entries()].filter(([, { isOrder }]) => isOrder);
        const payments = [...inputs.entries()].filter(([, { isOrder }]) => !isOrder);
        const expected = orders.flatMap(([order, left]) =>
          payments
            .filter(([, right]) => left.id === right.id)
            .filter(([, right]) => left.at + lowerMs <= right.at && right.at <= left.at + upperMs)
            .map(([payment]) => `${order} ${payment}`),
        );
        expect([...join.values].sort()).toEqual(expected.sort());
      }),
    );
  });
});
