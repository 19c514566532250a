import { Type } from "@sinclair/typebox";
import { type Endpoint, endpoint } from "../endpoint.ts";
import { AccumulatorSchema, accumulatorsOf } from "../jobs/accumulators.ts";
import { HexId, VertexParams, Whole } from "../schemas.ts";
import { endpointOf } from "../task-managers.ts";
import { findSubtask, findVertex } from "./find-vertex.ts";
import { SubtaskAnswerSchema, subtaskAnswer } from "./subtask-answer.ts";

const tag = "vertices";
const refusals = [404];
const Index = Type.Integer({ minimum: 0 });
const SubtaskParams = Type.Object({ jobid: HexId, vertexid: HexId, subtaskindex: Index });
const AttemptParams = Type.Object({ ...SubtaskParams.properties, attempt: Index });

export const subtaskEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "GET",
    path: "/jobs/:jobid/vertices/:vertexid/subtasks/:subtaskindex",
    summary: "The current attempt of a subtask",
    tag,
    params: SubtaskParams,
    answer: SubtaskAnswerSchema,
    refusals,
    handle: async ({ params }, cluster) => {
      const found = await findVertex(params, cluster);
      const subtask = findSubtask(found, params);
      return subtaskAnswer(subtask, found.metrics.of(found.vertex, subtask), found.nowMs);
    },
  }),
  endpoint({
    method: "GET",
    path: "/jobs/:jobid/vertices/:vertexid/subtasks/:subtaskindex/attempts/:attempt",
    summary: "The same, if that is the current attempt",
    tag,
    params: AttemptParams,
    answer: SubtaskAnswerSchema,
    refusals,
    handle: async ({ params }, cluster) => {
      const found = await findVertex(params, cluster);
      const subtask = findSubtask(found, params);
      return subtaskAnswer(subtask, found.metrics.of(found.vertex, subtask), found.nowMs);
    },
  }),
  endpoint({
    method: "GET",
    path: "/jobs/:jobid/vertices/:vertexid/subtasks/:subtaskindex/attempts/:attempt/accumulators",
    summary: "Counters of the user's functions in a subtask",
    tag,
    params: AttemptParams,
    answer: Type.Object({
      subtask: Whole,
      attempt: Whole,
      id: Type.String(),
      "user-accumulators": Type.Array(AccumulatorSchema),
    }),
    refusals,
    handle: async ({ params }, cluster) => {
      const found = await findVertex(params, cluster);
      const subtask = findSubtask(found, params);
      const { subtaskIndex, attempt } = subtask;
      return {
        subtask: subtaskIndex,
        attempt,
        id: `${found.details.jobId}_${found.vertex.id}_${subtaskIndex}_${attempt}`,
        "user-accumulators": [...accumulatorsOf(found.metrics.userCounters(found.vertex, subtask))],
      };
    },
  }),
  endpoint({
    method: "GET",
    path: "/jobs/:jobid/vertices/:vertexid/subtasks/accumulators",
    summary: "Counters of the user's functions by subtask",
    tag,
    params: VertexParams,
    answer: Type.Object({
      id: Type.String(),
      parallelism: Whole,
      subtasks: Type.Array(
        Type.Object({
          subtask: Whole,
          attempt: Whole,
          endpoint: Type.String(),
          "user-accumulators": Type.Array(AccumulatorSchema),
        }),
      ),
    }),
    refusals,
    handle: async ({ params }, cluster) => {
      const { vertex, metrics } = await findVertex(params, cluster);
      return {
        id: vertex.id,
        parallelism: vertex.parallelism,
        subtasks: vertex.subtasks.map((subtask) => ({
          subtask: subtask.subtaskIndex,
          attempt: subtask.attempt,
          endpoint: endpointOf(subtask.taskManager),
          "user-accumulators": [...accumulatorsOf(metrics.userCounters(vertex, subtask))],
        })),
      };
    },
  }),
];
