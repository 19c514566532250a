import { Type } from "@sinclair/typebox";
import { type Endpoint, endpoint } from "../endpoint.ts";
import { JobParams } from "../schemas.ts";

export const whyEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "GET",
    path: "/millrace/jobs/:jobid/why",
    summary:
      "Why windows do not fire, records are dropped, checkpoints are slow, the job was restarted, ...: the gravest first",
    tag: "millrace",
    params: JobParams,
    answer: Type.Object({
      findings: Type.Array(
        Type.Object({
          kind: Type.String(),
          severity: Type.Union([Type.Literal("error"), Type.Literal("warning"), Type.Literal("info")]),
          sentence: Type.String({ description: "in the names that the program gave" }),
          operator: Type.Optional(Type.String({ description: "which operator it is about, where it is about one" })),
          facts: Type.Record(Type.String(), Type.Unknown(), { description: "what the sentence was made of; by kind" }),
          advice: Type.Optional(Type.String({ description: "what would help" })),
        }),
      ),
    }),
    refusals: [404],
    handle: async ({ params: { jobid } }, { jobs }) => ({ findings: [...(await jobs.get(jobid).why())] }),
  }),
];
