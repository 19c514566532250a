import { afterEach, describe, expect, it } from "vitest";
import type { PlanDescription } from "../graph/plan-json.ts";
import { WORKER } from "./launch.ts";
import { StreamExecutionEnvironment } from "./stream-execution-environment.ts";

const globals = globalThis as Record<symbol, unknown>;

interface Captured {
  readonly jobIndex: number;
  readonly plan: PlanDescription;
}

/** Makes this thread a worker that goes on after every job. */
function beWorker(): Captured[] {
  const captured: Captured[] = [];
  globals[WORKER] = {
    async capture(jobIndex: number, _graph: unknown, plan: PlanDescription) {
      captured.push({ jobIndex, plan });
    },
  };
  return captured;
}

afterEach(() => {
  delete globals[WORKER];
});

describe("execute in a worker", () => {
  it("hands over each plan of the program in turn, instead of submitting it", async () => {
    const captured = beWorker();
    const env = StreamExecutionEnvironment.getExecutionEnvironment();
    const numbers = env.fromSequence(1, 3);
    numbers.map((n) => n).name("first");
    const job = await env.executeAsync("one");
    numbers.map((n) => n).name("second");
    await env.executeAsync("two");

    expect(captured.map(({ plan }) => [plan.jobName, plan.vertices[0]!.name])).toEqual([
      ["one", "Source: Sequence Source -> first"],
      ["two", "Source: Sequence Source -> second"],
    ]);
    expect(captured[1]!.jobIndex).toBe(captured[0]!.jobIndex + 1);
    expect(job.jobName).toBe("one");
  });

  it("stops the program at the job that the worker is to run", async () => {
    globals[WORKER] = { capture: () => new Promise(() => {}) };
    const env = StreamExecutionEnvironment.getExecutionEnvironment();
    env.fromSequence(1, 3).print();

    const first = await Promise.race([env.executeAsync().then(() => "returned"), settled("still there")]);

    expect(first).toBe("still there");
  });

  it("does not hand over a program that cannot be planned", async () => {
    const captured = beWorker();

    await expect(StreamExecutionEnvironment.getExecutionEnvironment().execute("empty")).rejects.toThrow(
      /PLAN_INVALID: job "empty" has no operators/,
    );
    expect(captured).toEqual([]);
  });
});

/** Resolves after everything that is going to happen without outside help has happened. */
async function settled<T>(value: T): Promise<T> {
  await new Promise((resolve) => setImmediate(resolve));
  return value;
}
