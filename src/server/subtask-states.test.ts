import { describe, expect, it } from "vitest";
import type { SubtaskDetails, SubtaskStatus } from "../runtime/job-details.ts";
import { spanOf, spanOfAll, statusDurations, timestampsOf, vertexState } from "./subtask-states.ts";

const subtask = (status: SubtaskStatus, statusTimes: SubtaskDetails["statusTimes"]): SubtaskDetails => ({
  subtaskIndex: 0,
  attempt: 0,
  status,
  statusTimes,
  taskManager: 0,
});
const running = subtask("running", { created: 10, initializing: 20, running: 50 });
const finished = subtask("finished", { created: 10, initializing: 20, running: 50, finished: 90 });

describe("a subtask in Flink's words", () => {
  it("was in each state for a time, in the last one until now or until its end", () => {
    expect(statusDurations(running, 100)).toEqual({
      CREATED: 10,
      SCHEDULED: 0,
      DEPLOYING: 0,
      INITIALIZING: 30,
      RUNNING: 50,
    });
    expect(statusDurations(finished, 100)).toMatchObject({ INITIALIZING: 30, RUNNING: 40, FINISHED: 0 });
  });

  it("says 0 for a state that it was never in, and -1 for a time that has not come", () => {
    expect(timestampsOf(running)).toMatchObject({ CREATED: 10, RUNNING: 50, FINISHED: 0, SCHEDULED: 0 });
    expect(spanOf(running, 100)).toEqual({ startMs: 20, endMs: -1, durationMs: 80 });
    expect(spanOf(finished, 100)).toEqual({ startMs: 20, endMs: 90, durationMs: 70 });
    expect(spanOf(subtask("created", { created: 10 }), 100)).toEqual({ startMs: -1, endMs: -1, durationMs: -1 });
  });

  it("lasts with others from the first start to the last end", () => {
    expect(spanOfAll([running, finished], 100)).toEqual({ startMs: 20, endMs: -1, durationMs: 80 });
    expect(spanOfAll([finished, finished], 100)).toEqual({ startMs: 20, endMs: 90, durationMs: 70 });
    expect(spanOfAll([], 100)).toEqual({ startMs: -1, endMs: -1, durationMs: -1 });
  });

  it.each<[SubtaskStatus[], string]>([
    [["running", "failed"], "FAILED"],
    [["running", "canceling"], "CANCELING"],
    [["running", "initializing"], "INITIALIZING"],
    [["running", "finished"], "RUNNING"],
    [["created", "finished"], "RUNNING"],
    [["finished", "finished"], "FINISHED"],
    [["created", "created"], "CREATED"],
  ])("gives a vertex of %j the state %s", (statuses, state) => {
    expect(vertexState({ subtasks: statuses.map((status) => subtask(status, {})) })).toBe(state);
  });
});
