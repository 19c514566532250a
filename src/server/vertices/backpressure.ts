import { type Static, Type } from "@sinclair/typebox";
import { type Endpoint, endpoint } from "../endpoint.ts";
import { asNumber } from "../io-metrics.ts";
import { Numeric, textOf, VertexParams, Whole } from "../schemas.ts";
import { findVertex } from "./find-vertex.ts";

const Level = textOf(["ok", "low", "high"]);
type LevelText = Static<typeof Level>;

/** Shares of time from which on backpressure is called that (Flink's). */
const LOW = 0.1;
const HIGH = 0.5;

export const backpressureEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "GET",
    path: "/jobs/:jobid/vertices/:vertexid/backpressure",
    summary: "How much of their time subtasks wait for those behind them",
    tag: "vertices",
    params: VertexParams,
    answer: Type.Object({
      status: textOf(["ok", "deprecated"]),
      backpressureLevel: Type.Optional(Level),
      "end-timestamp": Type.Optional(Whole),
      subtasks: Type.Optional(
        Type.Array(
          Type.Object({
            subtask: Whole,
            backpressureLevel: Level,
            ratio: Numeric,
            idleRatio: Numeric,
            busyRatio: Numeric,
            "backpressure-level": Level,
          }),
        ),
      ),
      "backpressure-level": Type.Optional(Level),
    }),
    refusals: [404],
    handle: async ({ params }, cluster) => {
      const { vertices } = cluster.jobs.get(params.jobid).details();
      // Flink has not sampled what it does not know, and says no more than that.
      if (!vertices.some(({ id }) => id === params.vertexid)) return { status: "deprecated" as const };
      const { vertex, metrics, nowMs } = await findVertex(params, cluster);
      const subtasks = vertex.subtasks.map((subtask) => {
        const found = metrics.of(vertex, subtask);
        const share = (name: string): number => asNumber(found[name]) / 1000;
        const ratio = share("backPressuredTimeMsPerSecond");
        return {
          subtask: subtask.subtaskIndex,
          backpressureLevel: levelOf(ratio),
          ratio,
          idleRatio: share("idleTimeMsPerSecond"),
          busyRatio: share("busyTimeMsPerSecond"),
          "backpressure-level": levelOf(ratio),
        };
      });
      const level = levelOf(Math.max(0, ...subtasks.map(({ ratio }) => ratio)));
      return {
        status: "ok" as const,
        backpressureLevel: level,
        "end-timestamp": nowMs,
        subtasks,
        "backpressure-level": level,
      };
    },
  }),
];

function levelOf(ratio: number): LevelText {
  if (ratio <= LOW) return "ok";
  return ratio <= HIGH ? "low" : "high";
}
