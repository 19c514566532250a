import { describe, expect, it } from "vitest";
import type { CompletedCheckpoint } from "../../checkpoint/snapshot.ts";
import { sampleFacts } from "./sample-facts.ts";
import { explainGrowth, StateHistory, type StateSample } from "./state-growth.ts";

const MB = 1024 * 1024;
const MINUTE = 60_000;

describe("what is growing", () => {
  it("is said per hour, with the states that forget nothing", () => {
    const [finding] = explain([sample(0, 1 * MB), sample(30 * MINUTE, 21 * MB)]);

    expect(finding?.severity).toBe("warning");
    expect(finding?.sentence).toBe(
      'the state of "count" has grown from 1 MB to 21 MB in 30 min, that is 40 MB per hour; "seen" of it keeps every key until the program removes it.',
    );
  });

  it("is no warning where every state has a time to live", () => {
    const [finding] = explain([sample(0, 0, []), sample(MINUTE, 50 * MB, [])]);

    expect(finding?.severity).toBe("info");
    expect(finding?.advice).toBeUndefined();
  });

  it("is nothing where it stays as it is, shrinks, or there is but one checkpoint", () => {
    expect(explain([sample(0, MB), sample(MINUTE, MB + 1_000)])).toEqual([]);
    expect(explain([sample(0, MB), sample(MINUTE, 0)])).toEqual([]);
    expect(explain([sample(0, MB)])).toEqual([]);
  });
});

describe("the history of a job's state", () => {
  it("holds bytes of each operator, and which of its states keep their keys", () => {
    const history = new StateHistory();
    history.add(checkpoint(7, 1_000));

    expect(history.samples).toEqual([
      { checkpointId: 7, atMs: 1_000, operators: [{ operatorName: "count", bytes: 30, withoutTtl: ["seen"] }] },
    ]);
  });

  it("is bounded, and reaches back to the start", () => {
    const history = new StateHistory();
    for (let id = 1; id <= 1_000; id++) history.add(checkpoint(id, id));

    expect(history.samples.length).toBeLessThanOrEqual(64);
    expect(history.samples[0]?.checkpointId).toBe(1);
    expect(history.samples.at(-1)?.checkpointId).toBe(1_000);
  });
});

function explain(states: readonly StateSample[]) {
  return explainGrowth(sampleFacts({ states }));
}

function sample(atMs: number, bytes: number, withoutTtl: readonly string[] = ["seen"]): StateSample {
  return { checkpointId: 1, atMs, operators: [{ operatorName: "count", bytes, withoutTtl }] };
}

function checkpoint(checkpointId: number, completedMs: number): CompletedCheckpoint {
  const states = [
    { name: "seen", kind: "value", windowed: false, ttl: false },
    { name: "recent", kind: "value", windowed: false, ttl: true },
    { name: "event-time-timers", kind: "timers", windowed: false, ttl: false },
  ];
  const keyed = { states, data: { kind: "file", length: 20 } };
  const operatorState = [{ items: [new Uint8Array(10)] }];
  const operators = [{ name: "count", subtasks: new Map([[0, { keyed, operatorState }]]) }];
  return { metadata: { checkpointId, completedMs, operators } } as unknown as CompletedCheckpoint;
}
