import { describe, expect, expectTypeOf, it } from "vitest";
import { AsyncDataStream } from "./async-data-stream.ts";
import type { SingleOutputStreamOperator } from "./single-output-stream-operator.ts";
import { StreamExecutionEnvironment } from "./stream-execution-environment.ts";

const orders = StreamExecutionEnvironment.getExecutionEnvironment().fromCollection([{ customer: 7 }]);
const nameOf = async ({ customer }: { customer: number }): Promise<string> => `customer ${customer}`;

describe("AsyncDataStream", () => {
  it("gives a stream of what the function promises", () => {
    const names = AsyncDataStream.unorderedWait(orders, nameOf, {
      timeout: "1s",
      retry: { attempts: 1, delay: "1s", ifResult: (name) => expectTypeOf(name).toEqualTypeOf<string>() === undefined },
    });
    const customers = AsyncDataStream.orderedWait(
      orders.keyBy("customer"),
      {
        asyncInvoke: async (order, { timestamp }) => order.customer + (timestamp ?? 0),
        timeout: (order) => order.customer,
      },
      { timeout: "1s" },
    );

    expectTypeOf(names).toEqualTypeOf<SingleOutputStreamOperator<string>>();
    expectTypeOf(customers).toEqualTypeOf<SingleOutputStreamOperator<number>>();
  });

  // What the types refuse already reaches the engine from JavaScript.
  const later: any = async () => {};
  it.each<[string, () => unknown]>([
    ["timeout", () => AsyncDataStream.orderedWait(orders, { asyncInvoke: nameOf, timeout: later }, { timeout: "1s" })],
    ["open", () => AsyncDataStream.orderedWait(orders, { asyncInvoke: nameOf, open: later }, { timeout: "1s" })],
    [
      "ifResult",
      () =>
        AsyncDataStream.orderedWait(orders, nameOf, {
          timeout: "1s",
          retry: { attempts: 1, delay: 1, ifResult: later },
        }),
    ],
  ])("refuses an asynchronous %s", (name, declare) => {
    expect(declare).toThrow(`the function "${name}" given at src/api/async-data-stream.test.ts`);
  });

  it.each([
    [{ timeout: 0 }, 'timeout of an asynchronous function is 0.\n  Use more than 0, such as "1s".'],
    [{ timeout: "soon" as "1s" }, '"soon" is not a duration'],
    [{ timeout: "1s", capacity: 0 }, "capacity of an asynchronous function is 0.\n  Use a whole number from 1."],
    [{ timeout: "1s", retry: { attempts: 0.5, delay: 1 } }, "retry.attempts of an asynchronous function is 0.5"],
    [{ timeout: "1s", retry: { attempts: 1, delay: -1 } }, "-1 is not a duration"],
    [{ timeout: "1s", retry: { attempts: 1, delay: 1, multiplier: 0.5 } }, "retry.multiplier of an asynchronous"],
  ] as const)("refuses %j", (options, message) => {
    expect(() => AsyncDataStream.unorderedWait(orders, nameOf, options)).toThrow(message);
  });
});

it("the advice for an asynchronous function elsewhere is to use it", () => {
  expect(() => orders.map(nameOf as never)).toThrow("AsyncDataStream.unorderedWait");
});
