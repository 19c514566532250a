import { type TUnsafe, Type } from "@sinclair/typebox";
import { type Endpoint, endpoint } from "../endpoint.ts";
import { serializedCount } from "../java-serialization.ts";
import { JobParams } from "../schemas.ts";

/** A counter of the user's functions, as Flink shows its accumulators. */
export interface Accumulator {
  readonly name: string;
  readonly type: string;
  readonly value: string;
}

export const AccumulatorSchema: TUnsafe<Accumulator> = Type.Unsafe(
  Type.Object({ name: Type.String(), type: Type.String(), value: Type.String() }),
);

export const accumulatorEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "GET",
    path: "/jobs/:jobid/accumulators",
    summary: "Counters of the user's functions, summed over all subtasks",
    tag: "jobs",
    params: JobParams,
    query: Type.Object({ includeSerializedValue: Type.Optional(Type.Boolean()) }),
    answer: Type.Object({
      "job-accumulators": Type.Array(Type.Unknown()),
      "user-task-accumulators": Type.Array(AccumulatorSchema),
      "serialized-user-task-accumulators": Type.Record(Type.String(), Type.String()),
    }),
    refusals: [404],
    handle: async ({ params, query }, { jobs, metrics }) => {
      const job = jobs.get(params.jobid);
      const counters = (await metrics.of(job)).allUserCounters(job.details().vertices);
      return {
        "job-accumulators": [],
        "user-task-accumulators": [...accumulatorsOf(counters)],
        "serialized-user-task-accumulators": query.includeSerializedValue === true ? serializedCounters(counters) : {},
      };
    },
  }),
];

export function accumulatorsOf(counters: ReadonlyMap<string, number>): readonly Accumulator[] {
  return [...counters].map(([name, count]) => ({ name, type: "LongCounter", value: String(count) }));
}

/** As Java's clients want them. */
export function serializedCounters(counters: ReadonlyMap<string, number>): Record<string, string> {
  return Object.fromEntries([...counters].map(([name, count]) => [name, serializedCount(count)]));
}
