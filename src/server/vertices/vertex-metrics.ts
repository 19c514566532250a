import { Type } from "@sinclair/typebox";
import type { Cluster } from "../cluster.ts";
import { type Endpoint, endpoint } from "../endpoint.ts";
import {
  AggregatedMetricSchema,
  AggregateQuery,
  aggregatedMetrics,
  GetQuery,
  listOf,
  metricTexts,
} from "../metric-answers.ts";
import { RestError } from "../rest-error.ts";
import { HexId, Metric, VertexParams } from "../schemas.ts";
import type { SubtaskMetrics } from "../subtask-metrics.ts";
import { findVertex } from "./find-vertex.ts";

const tag = "vertices";

/** Of what is not known there are no metrics; that is no error. */
export const vertexMetricsEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "GET",
    path: "/jobs/:jobid/vertices/:vertexid/metrics",
    summary: "Metrics of all subtasks, each behind the number of its subtask: 0.numRecordsIn",
    tag,
    params: VertexParams,
    query: GetQuery,
    answer: Type.Array(Metric),
    handle: async ({ params, query }, cluster) => [
      ...metricTexts(numbered(await metricsOf(params, cluster)), query.get),
    ],
  }),
  endpoint({
    method: "GET",
    path: "/jobs/:jobid/vertices/:vertexid/watermarks",
    summary: "How far event time is in each subtask; a source has none",
    tag,
    params: VertexParams,
    answer: Type.Array(Metric),
    handle: async ({ params }, cluster) =>
      (await metricsOf(params, cluster)).flatMap(({ currentInputWatermark }, subtask) =>
        currentInputWatermark === undefined
          ? []
          : [{ id: `${subtask}.currentInputWatermark`, value: String(currentInputWatermark) }],
      ),
  }),
  endpoint({
    method: "GET",
    path: "/jobs/:jobid/vertices/:vertexid/jm-operator-metrics",
    summary: "Metrics of coordinators in the job manager: there are none",
    tag,
    params: VertexParams,
    query: GetQuery,
    answer: Type.Array(Metric),
    handle: () => [],
  }),
  endpoint({
    method: "GET",
    path: "/jobs/:jobid/vertices/:vertexid/subtasks/metrics",
    summary: "Metrics over several subtasks",
    tag,
    params: VertexParams,
    query: Type.Object({
      ...AggregateQuery.properties,
      subtasks: Type.Optional(Type.String({ description: "Numbers and ranges: 0,2,5-7. Without: all." })),
    }),
    answer: Type.Array(AggregatedMetricSchema),
    handle: async ({ params, query }, cluster) => {
      const all = await metricsOf(params, cluster);
      const wanted = query.subtasks === undefined ? undefined : new Set(subtasksOf(query.subtasks));
      const chosen = all.filter((_metrics, subtask) => wanted?.has(subtask) ?? true);
      return [...aggregatedMetrics(chosen, query)];
    },
  }),
  endpoint({
    method: "GET",
    path: "/jobs/:jobid/vertices/:vertexid/subtasks/:subtaskindex/metrics",
    summary: "Metrics of one subtask",
    tag,
    params: Type.Object({ jobid: HexId, vertexid: HexId, subtaskindex: Type.Integer({ minimum: 0 }) }),
    query: GetQuery,
    answer: Type.Array(Metric),
    handle: async ({ params, query }, cluster) => [
      ...metricTexts((await metricsOf(params, cluster))[params.subtaskindex] ?? {}, query.get),
    ],
  }),
];

/** By subtask; of what is not known, none. */
async function metricsOf(
  params: { readonly jobid: string; readonly vertexid: string },
  cluster: Cluster,
): Promise<readonly SubtaskMetrics[]> {
  const details = cluster.jobs.find(params.jobid)?.details();
  if (details?.vertices.some(({ id }) => id === params.vertexid) !== true) return [];
  const { vertex, metrics } = await findVertex(params, cluster);
  return vertex.subtasks.map((subtask) => metrics.of(vertex, subtask));
}

function numbered(all: readonly SubtaskMetrics[]): SubtaskMetrics {
  return Object.fromEntries(
    all.flatMap((metrics, subtask) => Object.entries(metrics).map(([name, value]) => [`${subtask}.${name}`, value])),
  );
}

/** More subtasks than an operator can have are not asked for. */
const SUBTASKS_MAX = 32_768;

/** @throws {RestError} 400. */
function subtasksOf(text: string): readonly number[] {
  return listOf(text).flatMap((part) => {
    const [, first, last = first] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(part) ?? [];
    if (first === undefined || Number(last) > SUBTASKS_MAX) {
      throw new RestError(400, `subtasks=${part} is neither a number nor a range.`);
    }
    return Array.from({ length: Math.max(0, Number(last) - Number(first) + 1) }, (_, index) => Number(first) + index);
  });
}
