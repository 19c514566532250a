import { describe, expect, it } from "vitest";
import type { SavedState } from "../../checkpoint/saved-states.ts";
import type { CheckpointStatistic } from "../../checkpoint/statistics.ts";
import { asOperatorId } from "../../core/ids.ts";
import { sampleFacts } from "./sample-facts.ts";
import { explainGrowth, StateHistory } from "./state-growth.ts";

const MB = 1024 * 1024;
const MINUTE = 60_000;

describe("what is growing", () => {
  it("is said per state and hour, and whether it forgets", () => {
    const [finding, ...others] = explain([
      sample(0, [state({ bytes: 1 * MB, entries: 1_000 }), state({ name: "last" })]),
      sample(30 * MINUTE, [state({ bytes: 21 * MB, entries: 21_000 }), state({ name: "last" })]),
    ]);

    expect(others).toEqual([]);
    expect(finding?.severity).toBe("warning");
    expect(finding?.sentence).toBe(
      'state "seen" of "count" has grown from 1 MB to 21 MB (1000 to 21000 keys) in 30 min, that is 40 MB per hour; it keeps every key until the program removes it.',
    );
    expect(finding?.facts).toMatchObject({ state: "seen", entries: 21_000, ttl: false, bytesPerHour: 40 * MB });
  });

  it("begins with the state that grows fastest", () => {
    const names = explain([
      sample(0, []),
      sample(MINUTE, [state({ bytes: MB }), state({ name: "faster", bytes: 2 * MB })]),
    ]).map(({ facts }) => facts["state"]);

    expect(names).toEqual(["faster", "seen"]);
  });

  it("is what the keys hold, where there are hardly more of them", () => {
    const [finding] = explain([
      sample(0, [state({ bytes: MB, entries: 100 })]),
      sample(MINUTE, [state({ bytes: 9 * MB, entries: 105 })]),
    ]);

    expect(finding?.sentence).toMatch(/; there are hardly more keys, but they hold more\.$/);
  });

  it.each([
    { what: "a state with a time to live", of: { ttl: true }, unit: "keys" },
    { what: "the state of windows", of: { windowed: true }, unit: "windows of keys" },
    { what: "timers", of: { kind: "timers" }, unit: "timers" },
    { what: "state of subtasks", of: { kind: "split" }, unit: "items" },
  ] as const)("is no warning where it is $what, which forgets by itself", ({ of, unit }) => {
    const [finding] = explain([sample(0, []), sample(MINUTE, [state({ bytes: 50 * MB, entries: 7, ...of })])]);

    expect(finding?.severity).toBe("info");
    expect(finding?.advice).toBeUndefined();
    expect(finding?.sentence).toContain(`(0 to 7 ${unit})`);
  });

  it("is nothing where it stays as it is, shrinks, or there is but one checkpoint", () => {
    const before = sample(0, [state({ bytes: MB })]);

    expect(explain([before, sample(MINUTE, [state({ bytes: MB + 1_000 })])])).toEqual([]);
    expect(explain([before, sample(MINUTE, [state({ bytes: 0 })])])).toEqual([]);
    expect(explain([before])).toEqual([]);
  });
});

describe("the history of a job's state", () => {
  it("holds each state of all subtasks together", () => {
    const history = new StateHistory();
    history.add(checkpoint(7, 1_000, [state({ entries: 2, bytes: 20 })], [state({ entries: 1, bytes: 10 })]));

    expect(history.samples).toEqual([{ checkpointId: 7, atMs: 1_000, states: [state({ entries: 3, bytes: 30 })] }]);
  });

  it("is bounded, and reaches back to the start", () => {
    const history = new StateHistory();
    for (let id = 1; id <= 1_000; id++) history.add(checkpoint(id, id));

    expect(history.samples.length).toBeLessThanOrEqual(64);
    expect(history.samples[0]?.checkpointId).toBe(1);
    expect(history.samples.at(-1)?.checkpointId).toBe(1_000);
  });
});

function explain(checkpoints: readonly CheckpointStatistic[]) {
  const history = new StateHistory();
  for (const one of checkpoints) history.add(one);
  return explainGrowth(sampleFacts({ states: history.samples }));
}

function sample(atMs: number, states: readonly SavedState[]): CheckpointStatistic {
  return checkpoint(1, atMs, states);
}

/** With the states of each subtask. */
function checkpoint(id: number, atMs: number, ...subtasks: readonly (readonly SavedState[])[]): CheckpointStatistic {
  return {
    id,
    trigger_timestamp: atMs,
    subtasks: subtasks.map((states) => ({ states })),
  } as unknown as CheckpointStatistic;
}

function state(some: Partial<SavedState>): SavedState {
  return {
    operatorId: asOperatorId("c".repeat(32)),
    operatorName: "count",
    name: "seen",
    kind: "value",
    windowed: false,
    ttl: false,
    entries: 10,
    bytes: 100,
    ...some,
  };
}
