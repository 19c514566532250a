import { Type } from "@sinclair/typebox";
import { type Endpoint, endpoint } from "../endpoint.ts";
import { JobParams, textOf, Whole } from "../schemas.ts";
import { holdSnapshot, knownSnapshots } from "./find-snapshot.ts";

/** How long a snapshot stays for somebody who reads its files and says nothing more. */
const HELD_MS = 15_000;

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
  endpoint({
    method: "POST",
    path: "/millrace/jobs/:jobid/snapshots/hold",
    summary:
      "Keeps a snapshot for a while for whoever reads its files, although newer ones take its place; can be repeated",
    tag: "state",
    params: JobParams,
    body: Type.Object({
      snapshot: Type.Optional(
        Type.String({ description: "Its location, or the number of a checkpoint. Default: the newest." }),
      ),
    }),
    answer: Type.Object({ location: Type.String(), heldMs: Whole }),
    refusals: [404],
    handle: async ({ params, body }, { jobs }) => {
      const { snapshot } = await holdSnapshot(jobs.get(params.jobid), body.snapshot, HELD_MS);
      return { location: snapshot.location, heldMs: HELD_MS };
    },
  }),
];
