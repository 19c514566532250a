import { Type } from "@sinclair/typebox";
import { isTerminal } from "../../runtime/job-manager/job-status.ts";
import type { Cluster } from "../cluster.ts";
import { type Endpoint, endpoint } from "../endpoint.ts";
import { RestError } from "../rest-error.ts";
import { Empty, HexId, JobParams, textOf } from "../schemas.ts";

const tag = "operations";
const refusals = [404, 409];

export const cancelEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "PATCH",
    path: "/jobs/:jobid",
    summary: "Cancels a job, without a savepoint",
    tag,
    params: JobParams,
    query: Type.Object({ mode: Type.Optional(textOf(["cancel"])) }),
    answer: Empty,
    status: 202,
    refusals,
    handle: ({ params }, cluster) => cancel(params.jobid, cluster),
  }),
  endpoint({
    method: "GET",
    path: "/jobs/:jobid/yarn-cancel",
    summary:
      "The same, as Flink's web UI asks for it; it is a GET for the sake of proxies that let nothing else through",
    tag,
    params: JobParams,
    answer: Empty,
    status: 202,
    refusals,
    handle: ({ params }, cluster) => cancel(params.jobid, cluster),
  }),
  endpoint({
    method: "POST",
    path: "/applications/:applicationid/cancel",
    summary: "Cancels the job of an application",
    tag,
    params: Type.Object({ applicationid: HexId }),
    answer: Empty,
    status: 202,
    refusals,
    handle: ({ params }, cluster) => cancel(params.applicationid, cluster),
  }),
];

/** Does not wait until it has stopped. @throws {RestError} 404, 409. */
function cancel(jobId: string, { jobs }: Cluster): Record<string, never> {
  const job = jobs.get(jobId);
  if (isTerminal(job.status())) throw new RestError(409, `Job ${jobId} has ended already: it is ${job.status()}.`);
  // How it ends is shown by its status.
  job.cancel().catch(() => {});
  return {};
}
