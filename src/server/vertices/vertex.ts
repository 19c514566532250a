import { Type } from "@sinclair/typebox";
import { type Endpoint, endpoint } from "../endpoint.ts";
import { IoMetricsSchema, ioMetrics } from "../io-metrics.ts";
import { AccumulatorSchema, accumulatorsOf } from "../jobs/accumulators.ts";
import { ExecutionStateText, PerState, VertexParams, Whole } from "../schemas.ts";
import { sumCounters } from "../subtask-metrics.ts";
import { countStates, spanOf, spanOfAll, timestampsOf, vertexState } from "../subtask-states.ts";
import { endpointOf, taskManagerId } from "../task-managers.ts";
import { findVertex } from "./find-vertex.ts";
import { AggregatedSchema, aggregate, SubtaskAnswerSchema, subtaskAnswer } from "./subtask-answer.ts";

const tag = "vertices";
const params = VertexParams;
const refusals = [404];

export const vertexEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "GET",
    path: "/jobs/:jobid/vertices/:vertexid",
    summary: "A vertex with its subtasks",
    tag,
    params,
    answer: Type.Object({
      id: Type.String(),
      name: Type.String(),
      parallelism: Whole,
      maxParallelism: Whole,
      now: Whole,
      subtasks: Type.Array(SubtaskAnswerSchema),
      aggregated: AggregatedSchema,
    }),
    refusals,
    handle: async (request, cluster) => {
      const { vertex, metrics, nowMs } = await findVertex(request.params, cluster);
      const subtasks = vertex.subtasks.map((subtask) => subtaskAnswer(subtask, metrics.of(vertex, subtask), nowMs));
      const { id, name, parallelism, maxParallelism } = vertex;
      return { id, name, parallelism, maxParallelism, now: nowMs, subtasks, aggregated: aggregate(subtasks) };
    },
  }),
  endpoint({
    method: "GET",
    path: "/jobs/:jobid/vertices/:vertexid/subtasktimes",
    summary: "When each subtask came into which state",
    tag,
    params,
    answer: Type.Object({
      id: Type.String(),
      name: Type.String(),
      now: Whole,
      subtasks: Type.Array(
        Type.Object({ subtask: Whole, endpoint: Type.String(), duration: Whole, timestamps: PerState }),
      ),
    }),
    refusals,
    handle: async (request, cluster) => {
      const { vertex, nowMs } = await findVertex(request.params, cluster);
      return {
        id: vertex.id,
        name: vertex.name,
        now: nowMs,
        subtasks: vertex.subtasks.map((subtask) => ({
          subtask: subtask.subtaskIndex,
          endpoint: endpointOf(subtask.taskManager),
          duration: spanOf(subtask, nowMs).durationMs,
          timestamps: timestampsOf(subtask),
        })),
      };
    },
  }),
  endpoint({
    method: "GET",
    path: "/jobs/:jobid/vertices/:vertexid/taskmanagers",
    summary: "Its subtasks by task manager",
    tag,
    params,
    answer: Type.Object({
      id: Type.String(),
      name: Type.String(),
      now: Whole,
      taskmanagers: Type.Array(
        Type.Object({
          endpoint: Type.String(),
          status: ExecutionStateText,
          "start-time": Whole,
          "end-time": Whole,
          duration: Whole,
          metrics: IoMetricsSchema,
          "status-counts": PerState,
          "taskmanager-id": Type.String(),
          aggregated: AggregatedSchema,
        }),
      ),
    }),
    refusals,
    handle: async (request, cluster) => {
      const { vertex, metrics, nowMs } = await findVertex(request.params, cluster);
      const managers = [...new Set(vertex.subtasks.map(({ taskManager }) => taskManager))];
      return {
        id: vertex.id,
        name: vertex.name,
        now: nowMs,
        taskmanagers: managers.map((manager) => {
          const subtasks = vertex.subtasks.filter(({ taskManager }) => taskManager === manager);
          const figures = subtasks.map((subtask) => metrics.of(vertex, subtask));
          const { startMs, endMs, durationMs } = spanOfAll(subtasks, nowMs);
          return {
            endpoint: endpointOf(manager),
            status: vertexState({ subtasks }),
            "start-time": startMs,
            "end-time": endMs,
            duration: durationMs,
            metrics: ioMetrics(figures),
            "status-counts": countStates(subtasks),
            "taskmanager-id": taskManagerId(manager),
            aggregated: aggregate(subtasks.map((subtask, index) => subtaskAnswer(subtask, figures[index]!, nowMs))),
          };
        }),
      };
    },
  }),
  endpoint({
    method: "GET",
    path: "/jobs/:jobid/vertices/:vertexid/accumulators",
    summary: "Counters of the user's functions, summed over its subtasks",
    tag,
    params,
    answer: Type.Object({ id: Type.String(), "user-accumulators": Type.Array(AccumulatorSchema) }),
    refusals,
    handle: async (request, cluster) => {
      const { vertex, metrics } = await findVertex(request.params, cluster);
      const counters = sumCounters(vertex.subtasks.map((subtask) => metrics.userCounters(vertex, subtask)));
      return { id: vertex.id, "user-accumulators": [...accumulatorsOf(counters)] };
    },
  }),
  endpoint({
    method: "GET",
    path: "/jobs/:jobid/vertices/:vertexid/flamegraph",
    summary: "Where its threads spend their time: not sampled; use node --cpu-prof",
    tag,
    params,
    query: Type.Object({ type: Type.Optional(Type.String()), subtaskindex: Type.Optional(Type.Integer()) }),
    answer: Type.Object({ endTimestamp: Whole }),
    // In the words of Flink's web UI: the feature is off.
    handle: () => ({ endTimestamp: -2 }),
  }),
];
