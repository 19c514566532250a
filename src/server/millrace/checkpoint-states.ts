import { Type } from "@sinclair/typebox";
import { addUpStates } from "../../checkpoint/saved-states.ts";
import { findCheckpoint } from "../checkpoints/find-checkpoint.ts";
import { type Endpoint, endpoint } from "../endpoint.ts";
import { HexId, Whole } from "../schemas.ts";

export const checkpointStatesEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "GET",
    path: "/millrace/jobs/:jobid/checkpoints/:checkpointid/states",
    summary:
      "How much a checkpoint holds of each state, also when its files are gone or nobody could read them at once",
    tag: "state",
    params: Type.Object({ jobid: HexId, checkpointid: Type.Integer({ minimum: 0 }) }),
    answer: Type.Object({
      states: Type.Array(
        Type.Object({
          vertexId: HexId,
          operatorId: Type.String(),
          operatorName: Type.String(),
          name: Type.String(),
          kind: Type.String(),
          windowed: Type.Boolean(),
          ttl: Type.Boolean(),
          entries: Whole,
          bytes: Whole,
        }),
        { description: "of the subtasks that are done, added up" },
      ),
    }),
    refusals: [404],
    handle: ({ params: { jobid, checkpointid } }, { jobs }) => {
      const { subtasks } = findCheckpoint(jobs.get(jobid), checkpointid);
      const states = subtasks.flatMap(({ vertexId, states }) => states.map((state) => ({ vertexId, ...state })));
      return { states: [...addUpStates(states)] };
    },
  }),
];
