import { describe, expect, it } from "vitest";
import { MillraceError } from "../../core/errors.ts";
import { asVertexId } from "../../core/ids.ts";
import type { JobGraph, JobVertex } from "../../graph/job-graph.ts";
import type { JobSettings } from "../../graph/job-settings.ts";
import type { JobDetails } from "../job-details.ts";
import { type DescribedJob, detailsOf } from "./describe-job.ts";
import { beginAttempt, Execution, enter } from "./execution.ts";
import { failureOf } from "./job-outcome.ts";

const vertex: JobVertex = {
  id: asVertexId("a".repeat(32)),
  name: "orders -> print",
  parallelism: 2,
  maxParallelism: 128,
  maxParallelismIsExplicit: false,
  chain: [],
  inputs: [],
  outputs: [],
};
const jobGraph: JobGraph = { jobName: "orders", vertices: [vertex], edges: [] };
const tasks = new Execution(jobGraph, 1, 5).tasks;

function describeJob(changes: Partial<DescribedJob> = {}): JobDetails {
  return detailsOf({
    jobId: "b".repeat(32),
    jobGraph,
    settings: {} as JobSettings,
    status: "RUNNING",
    statusTimes: { INITIALIZING: 1, RUNNING: 7 },
    tasks,
    keyGroupCounts: {},
    failures: [],
    givenUp: undefined,
    restarts: 0,
    restoredFrom: undefined,
    ...changes,
  });
}

describe("a job as plain data", () => {
  it("began when it was submitted, and has an end once it cannot go on", () => {
    expect(describeJob()).toMatchObject({ jobName: "orders", startMs: 1, endMs: undefined });
    expect(describeJob({ status: "FINISHED", statusTimes: { INITIALIZING: 1, FINISHED: 9 } }).endMs).toBe(9);
  });

  it("has the key groups that a restore has found, where there was one", () => {
    expect(describeJob().vertices[0]!.maxParallelism).toBe(128);
    expect(describeJob({ keyGroupCounts: { [vertex.id]: 64 } }).vertices[0]!.maxParallelism).toBe(64);
  });

  it("says when an attempt came into each status, and that it is being cancelled", () => {
    const [first, second] = new Execution(jobGraph, 1, 5).tasks;
    enter(first!, "running", 10);
    beginAttempt(second!, 1, 20);
    second!.statusTimes.canceling = 25;

    const { subtasks } = describeJob({ tasks: [first!, second!] }).vertices[0]!;

    expect(subtasks).toEqual([
      { subtaskIndex: 0, attempt: 0, status: "running", statusTimes: { created: 5, running: 10 }, taskManager: 0 },
      {
        subtaskIndex: 1,
        attempt: 1,
        status: "canceling",
        statusTimes: { created: 20, initializing: 20, canceling: 25 },
        taskManager: 0,
      },
    ]);
  });

  it("lists failures from the newest on, each with what failed in its wake, and the place in the user's code", () => {
    const cause = new Error("no such currency");
    cause.stack = "Error: no such currency\n    at convert (/home/me/orders.ts:7:42)";
    const first = new MillraceError("USER_FUNCTION_FAILED", { message: "map failed", cause });

    const { failures } = describeJob({
      failures: [
        failureOf(tasks[1], first, 10, false),
        failureOf(tasks[0], new Error("in its wake"), 11, true),
        failureOf(undefined, new Error("later"), 20, false),
      ],
    });

    expect(failures.map(({ message }) => message)).toEqual(["later", "USER_FUNCTION_FAILED: map failed"]);
    expect(failures[0]).toMatchObject({ task: undefined, vertexId: undefined, concurrent: [] });
    expect(failures[1]).toMatchObject({
      atMs: 10,
      task: '"orders -> print" (2/2)',
      vertexId: vertex.id,
      subtaskIndex: 1,
      attempt: 0,
      taskManager: 0,
      errorName: "USER_FUNCTION_FAILED",
      place: "/home/me/orders.ts:7:42",
    });
    expect(failures[1]!.stack).toContain("Caused by: Error: no such currency");
    expect(failures[1]!.concurrent.map(({ message }) => message)).toEqual(["in its wake"]);
  });

  it("shows that it is given up as a failure of its own, with what it is given up for", () => {
    const cause = failureOf(tasks[0], new Error("no such currency"), 10, false);
    const givenUp = new Error("the strategy allows 2 restarts");
    const statusTimes = { INITIALIZING: 1, FAILING: 11 };

    const { failures } = describeJob({ failures: [cause], givenUp, statusTimes });
    expect(failures).toHaveLength(1);
    expect(failures[0]).toMatchObject({ task: undefined, atMs: 11, message: "the strategy allows 2 restarts" });
    expect(failures[0]!.concurrent.map(({ message }) => message)).toEqual(["no such currency"]);

    // Where it never ran there is nothing else to show.
    expect(describeJob({ givenUp, statusTimes }).failures.map(({ message }) => message)).toEqual([givenUp.message]);
    // Where the failure itself says that there is no going on, it is not said twice.
    expect(describeJob({ failures: [cause], givenUp: cause.error, statusTimes }).failures).toHaveLength(1);
  });
});
