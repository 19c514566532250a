import { Type } from "@sinclair/typebox";
import { type Endpoint, endpoint } from "../endpoint.ts";
import { JobParams, textOf, Whole } from "../schemas.ts";
import { knownSnapshots } from "./find-snapshot.ts";

export const snapshotEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "GET",
    path: "/millrace/jobs/:jobid/snapshots",
    summary: "Checkpoints and savepoints of a job that can be looked into, newest first",
    tag: "state",
    params: JobParams,
    answer: Type.Object({
      snapshots: Type.Array(
        Type.Object({
          id: Whole,
          kind: textOf(["checkpoint", "savepoint"]),
          location: Type.String({ description: "What --from takes" }),
          atMs: Whole,
          bytes: Whole,
        }),
      ),
    }),
    refusals: [404],
    handle: async ({ params }, { jobs }) => ({ snapshots: [...(await knownSnapshots(jobs.get(params.jobid)))] }),
  }),
];
