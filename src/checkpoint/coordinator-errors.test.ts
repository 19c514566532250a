import { describe, expect, it } from "vitest";
import { asVertexId, checkpointId } from "../core/ids.ts";
import { declined, dropped, expired, failed, nameOf, toleranceExceeded } from "./coordinator-errors.ts";
import { PendingCheckpoint } from "./pending-checkpoint.ts";
import { COUNT, ScriptedJob } from "./scripted-job.ts";

const story = { jobName: "clicks", operators: new ScriptedJob().operators(), latestId: 41 };

function pendingOf(subtasks: number): PendingCheckpoint {
  const pending = new PendingCheckpoint(checkpointId(42), "checkpoint", 0);
  const tasks = Array.from(
    { length: subtasks },
    (_, subtaskIndex) => ({ vertexId: COUNT, subtaskIndex, status: "running", isSource: false }) as const,
  );
  const target = { kind: "memory", maxStateBytes: 1 } as const;
  pending.move({ kind: "collecting", plan: { target, enumerators: new Map(), operators: story.operators, tasks } });
  return pending;
}

describe("what a coordinator says", () => {
  it("of an expired checkpoint names a few subtasks and counts the rest", () => {
    const { message } = expired(pendingOf(7), 1_234_567, story);
    expect(message).toContain("was abandoned after 1 234 567 ms.");
    expect(message).toMatch(/7 of 7 subtasks had not answered: ("count per page" \d\/2, ){5}2 more\./);
    expect(message).toContain("The job keeps running; its latest checkpoint is 41.");
  });

  it("of one that expired before its barriers were sent is that", () => {
    const pending = new PendingCheckpoint(checkpointId(42), "savepoint", 0);
    expect(expired(pending, 10, story).message).toMatch(/savepoint 42 .*\n {2}Its barriers had not been sent yet/);
  });

  it("keeps the cause, and says what to do next", () => {
    const cause = new Error("disk");
    const error = failed(pendingOf(1), "it was being completed", cause, story);
    expect(error).toMatchObject({ code: "CHECKPOINT_FAILED", next: "retry", cause });
    expect(error.message).toContain('checkpoint 42 of job "clicks" failed while it was being completed: disk');
    expect(toleranceExceeded(1, error, story)).toMatchObject({ next: "restart", cause: error });
    expect(toleranceExceeded(1, error, story).message).toContain("could not complete a checkpoint, and 0 may fail.");
  });

  it("names who declined, and why one was dropped", () => {
    const task = { vertexId: COUNT, subtaskIndex: 1 };
    expect(declined(pendingOf(2), task, "it is closing", story).message).toContain(
      'was declined by "count per page" 2/2: it is closing',
    );
    expect(dropped(pendingOf(2), "checkpoint 43 was there before it", story).message).toContain(
      "dropped: checkpoint 43",
    );
    expect(nameOf({ vertexId: asVertexId("gone"), subtaskIndex: 0 }, story.operators)).toBe('"gone" 1/?');
  });
});
