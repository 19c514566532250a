import { Type } from "@sinclair/typebox";
import { disposeSavepoint } from "../../checkpoint/dispose-checkpoint.ts";
import { type Endpoint, endpoint } from "../endpoint.ts";
import type { FailureCause } from "../java-serialization.ts";
import { HexId } from "../schemas.ts";
import {
  OPTIONAL_CAUSE,
  operationAnswer,
  operationSchema,
  TriggerAnswerSchema,
  TriggerIdSchema,
} from "./operation-answer.ts";

const tag = "operations";

/** It belongs to no job. */
const SUBJECT = "savepoint-disposal";

export const savepointDisposalEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "POST",
    path: "/savepoint-disposal",
    summary: "Removes a savepoint",
    tag,
    body: Type.Object({ "savepoint-path": Type.String({ minLength: 1 }), triggerId: TriggerIdSchema }),
    answer: TriggerAnswerSchema,
    handle: ({ body }, { disposals }) => ({
      "request-id": disposals.start(SUBJECT, body.triggerId ?? undefined, async () => {
        // As with Flink, the answer has no place for the files that were gone already.
        await disposeSavepoint(body["savepoint-path"]);
      }),
    }),
  }),
  endpoint({
    method: "GET",
    path: "/savepoint-disposal/:triggerid",
    summary: "How far that is",
    tag,
    params: Type.Object({ triggerid: HexId }),
    answer: operationSchema<{ readonly "failure-cause"?: FailureCause }>({ "failure-cause": OPTIONAL_CAUSE }),
    refusals: [404],
    handle: ({ params }, { disposals }) =>
      operationAnswer(
        disposals.find(SUBJECT, params.triggerid),
        () => ({}),
        (cause) => ({ "failure-cause": cause }),
      ),
  }),
];
