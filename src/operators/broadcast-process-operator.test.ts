import { describe, expect, it } from "vitest";
import { mapState, valueState } from "../state/descriptors.ts";
import { BroadcastProcessOperator } from "./broadcast-process-operator.ts";
import type { KeyedBroadcastProcessFunction } from "./functions.ts";
import { KeyedBroadcastProcessOperator } from "./keyed-broadcast-process-operator.ts";
import { TwoInputHarness } from "./operator-harness.ts";

interface Rule {
  readonly word: string;
  readonly reply: string;
}

const broadcast = { rules: mapState<string, string>() };

describe("a broadcast process function", () => {
  const create = () =>
    new BroadcastProcessOperator<string, Rule, string, typeof broadcast>(
      {
        processElement(word, { broadcast }, out) {
          out.collect(broadcast.rules.get(word) ?? `no rule for ${word}`);
        },
        processBroadcastElement: ({ word, reply }, { broadcast }) => broadcast.rules.put(word, reply),
      },
      broadcast,
    );

  it("looks up in maps that the other input writes", () => {
    const harness = new TwoInputHarness(create());

    harness.push1("hi", 1);
    harness.push2({ word: "hi", reply: "hello" }, 2);
    harness.push1("hi", 3);

    expect(harness.records).toEqual([
      { value: "no rule for hi", timestamp: 1 },
      { value: "hello", timestamp: 3 },
    ]);
  });

  it("has the maps again in every subtask after a restore", () => {
    const before = new TwoInputHarness(create());
    before.push2({ word: "hi", reply: "hello" });

    const restore = [before.snapshot()];
    const after = [0, 1].map(
      (subtaskIndex) => new TwoInputHarness(create(), { restore, subtaskIndex, parallelism: 2 }),
    );
    for (const harness of after) harness.push1("hi");

    expect(after.map((harness) => harness.values)).toEqual([["hello"], ["hello"]]);
  });

  it("may not write on the side of the records", () => {
    const harness = new TwoInputHarness(
      new BroadcastProcessOperator<string, Rule, never, typeof broadcast>(
        {
          processElement: (word, context) => (context.broadcast.rules as any).put(word, "own"),
          processBroadcastElement() {},
        },
        broadcast,
      ),
      { name: "greeter" },
    );

    expect(() => harness.push1("hi")).toThrow(
      'BROADCAST_READ_ONLY: "greeter" called put on broadcast state "rules" outside of processBroadcastElement.',
    );
  });
});

describe("a keyed broadcast process function", () => {
  const state = { count: valueState({ initial: 0 }) };
  const counting: KeyedBroadcastProcessFunction<
    string,
    string,
    "report" | "reset",
    string,
    typeof broadcast,
    typeof state
  > = {
    state,
    processElement(_word, { state, timers, timestamp }) {
      state.count.update(state.count.value() + 1);
      timers.registerEventTimeTimer((timestamp ?? 0) + 10);
    },
    processBroadcastElement(command, { applyToKeyedState }, out) {
      applyToKeyedState("count", (key, count) => {
        if (command === "report") out.collect(`${key}=${count.value()}`);
        else count.clear();
      });
    },
    onTimer(_timestamp, { key, state }, out) {
      out.collect(`timer of ${key} at ${state.count.value()}`);
    },
  };

  it("visits the state of all keys, and has timers", () => {
    const harness = new TwoInputHarness(new KeyedBroadcastProcessOperator(counting, broadcast), {
      keys: [(word) => word, undefined],
    });

    for (const word of ["a", "b", "a"]) harness.push1(word, 5);
    harness.push2("report", 6);
    harness.push2("reset", 7);
    harness.push2("report", 8);
    harness.watermark(15);

    expect([...harness.values.slice(0, 2)].sort()).toEqual(["a=2", "b=1"]);
    expect([...harness.values.slice(2)].sort()).toEqual(["timer of a at 0", "timer of b at 0"]);
  });
});
