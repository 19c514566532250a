import { describe, expect, it } from "vitest";
import {
  type CoordinatorSettings,
  countFailure,
  decidePeriodic,
  type FailureReason,
  firstDelayMs,
  overtakenBy,
  overtakesFromMs,
  pendingMaxOf,
  refusalOf,
  subsumedOf,
  type TriggerDecision,
  type TriggerFacts,
} from "./decisions.ts";

const SETTINGS: CoordinatorSettings = {
  intervalMs: 1_000,
  timeoutMs: 60_000,
  minPauseMs: 0,
  maxConcurrent: 3,
  tolerableFailures: 0,
  retained: 1,
  afterTasksFinish: true,
  firstDelayMs: undefined,
};

describe("whether a periodic checkpoint may start", () => {
  const ready: TriggerFacts = {
    nowMs: 10_000,
    refusal: undefined,
    pendingCount: 0,
    pendingMax: 1,
    lastCompletedMs: undefined,
    minPauseMs: 0,
  };

  it.each<[string, Partial<TriggerFacts>, TriggerDecision]>([
    ["it may when nothing is in the way", {}, { kind: "trigger" }],
    ["not while tasks do not run", { refusal: "1 of 2" }, { kind: "skip", why: "1 of 2" }],
    ["not while as many as may are pending", { pendingCount: 1 }, { kind: "wait-for-pending" }],
    ["it may beside another, up to the limit", { pendingCount: 1, pendingMax: 2 }, { kind: "trigger" }],
    ["not within the pause", { lastCompletedMs: 9_900, minPauseMs: 500 }, { kind: "wait", untilMs: 10_400 }],
    ["it may when the pause just ends", { lastCompletedMs: 9_500, minPauseMs: 500 }, { kind: "trigger" }],
    ["no pause before the first", { minPauseMs: 500 }, { kind: "trigger" }],
    [
      "pending comes before pause",
      { pendingCount: 1, lastCompletedMs: 9_900, minPauseMs: 500 },
      { kind: "wait-for-pending" },
    ],
    [
      "pause comes before tasks",
      { refusal: "x", lastCompletedMs: 9_900, minPauseMs: 500 },
      { kind: "wait", untilMs: 10_400 },
    ],
  ])("%s", (_, facts, decision) => {
    expect(decidePeriodic({ ...ready, ...facts })).toEqual(decision);
  });

  it.each([
    [0, 3, 3],
    [1, 3, 1],
    [0, 1, 1],
  ])("with a pause of %i and %i at once, %i may be pending", (minPauseMs, maxConcurrent, pendingMax) => {
    expect(pendingMaxOf({ ...SETTINGS, minPauseMs, maxConcurrent })).toBe(pendingMax);
  });
});

describe("when barriers may overtake", () => {
  const checkpoint = { kind: "checkpoint", triggeredMs: 1_000, isLast: false } as const;
  const aligning = (alignedTimeoutMs: number) => ({ ...SETTINGS, unaligned: { alignedTimeoutMs } });

  it.each<[string, CoordinatorSettings, Parameters<typeof overtakesFromMs>[1], number | undefined]>([
    ["never, unless it is asked for", SETTINGS, checkpoint, undefined],
    ["at once", aligning(0), checkpoint, 1_000],
    ["after the time it may take to align", aligning(250), checkpoint, 1_250],
    ["never in a savepoint", aligning(0), { ...checkpoint, kind: "savepoint" }, undefined],
    ["never in the last checkpoint of a job that stops", aligning(0), { ...checkpoint, isLast: true }, undefined],
  ])("%s", (_, settings, of, expected) => {
    expect(overtakesFromMs(settings, of)).toBe(expected);
  });

  it("is never in two checkpoints at once", () => {
    expect(pendingMaxOf({ ...aligning(0), maxConcurrent: 3 })).toBe(1);
  });
});

describe("whether the tasks can take part", () => {
  const tasks = (...statuses: ("running" | "finished" | "other")[]) => statuses.map((status) => ({ status }));

  it.each<[ReturnType<typeof tasks>, boolean, string | undefined]>([
    [tasks("running", "running"), true, undefined],
    [tasks("running", "finished"), true, undefined],
    [tasks("running", "finished"), false, "1 of 2 subtasks have finished"],
    [tasks("running", "other"), true, "1 of 2 subtasks do not run yet, or no more"],
    [tasks("other", "finished"), false, "1 of 2 subtasks do not run yet, or no more"],
    [tasks("finished", "finished"), true, "all subtasks have finished"],
    [tasks(), true, "all subtasks have finished"],
  ])("%j, after tasks finish: %s", (all, afterTasksFinish, refusal) => {
    expect(refusalOf(all, afterTasksFinish)).toBe(refusal);
  });
});

describe("the delay of the first checkpoint", () => {
  it.each<[string, Partial<CoordinatorSettings>, boolean, number, number]>([
    ["the interval at most", {}, false, 0.999_999, 1_000],
    ["the pause at least", { minPauseMs: 400 }, false, 0, 400],
    ["between them by chance", { minPauseMs: 400 }, false, 0.5, 700],
    ["the pause, where it is longer than the interval", { minPauseMs: 5_000 }, false, 0.5, 5_000],
    ["as set", { firstDelayMs: 7, minPauseMs: 400 }, false, 0.5, 7],
    ["the pause alone after a failover", { firstDelayMs: 7, minPauseMs: 400 }, true, 0.5, 400],
    ["none after a failover without a pause", {}, true, 0.5, 0],
  ])("%s", (_, settings, afterFailover, chance, delayMs) => {
    expect(firstDelayMs({ ...SETTINGS, ...settings }, afterFailover, chance)).toBe(delayMs);
  });
});

describe("failures in a row", () => {
  it.each<[FailureReason, boolean]>([
    ["trigger-failed", true],
    ["task-failed-it", true],
    ["expired", true],
    ["finalize-failed", true],
    ["not-ready", false],
    ["task-finished", false],
    ["subsumed", false],
    ["stopped", false],
  ])("%s counts: %s", (reason, counts) => {
    const facts = { reason, isSavepoint: false, consecutive: 1, tolerable: 5 };
    expect(countFailure(facts)).toEqual({ consecutive: counts ? 2 : 1, exceeded: false });
    expect(countFailure({ ...facts, isSavepoint: true })).toEqual({ consecutive: 1, exceeded: false });
  });

  it.each([
    [0, 0, true],
    [0, 1, false],
    [1, 1, true],
    [4, 5, false],
    [5, 5, true],
  ])("after %i, one more of %i tolerable ones fails the job: %s", (consecutive, tolerable, exceeded) => {
    const after = countFailure({ reason: "expired", isSavepoint: false, consecutive, tolerable });
    expect(after).toEqual({ consecutive: exceeded ? 0 : consecutive + 1, exceeded });
  });
});

describe("what a completed checkpoint replaces", () => {
  it.each([
    [[1, 2, 3], 1, [1, 2]],
    [[1, 2, 3], 2, [1]],
    [[1, 2, 3], 3, []],
    [[1, 2, 3], 9, []],
    [[1], 0, []],
    [[], 1, []],
  ])("of %j with %i kept, %j go", (retained, keep, subsumed) => {
    expect(subsumedOf(retained, keep)).toEqual(subsumed);
  });

  it("is every pending checkpoint before it, and no savepoint", () => {
    const pending = [
      { id: 1, kind: "checkpoint" },
      { id: 2, kind: "savepoint" },
      { id: 3, kind: "checkpoint" },
      { id: 5, kind: "checkpoint" },
    ] as const;
    expect(overtakenBy({ id: 4, kind: "checkpoint" }, pending).map(({ id }) => id)).toEqual([1, 3]);
    expect(overtakenBy({ id: 4, kind: "savepoint" }, pending)).toEqual([]);
  });
});
