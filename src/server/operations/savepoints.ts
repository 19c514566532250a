import { Type } from "@sinclair/typebox";
import { MillraceError } from "../../core/errors.ts";
import { isTerminal } from "../../runtime/job-manager/job-status.ts";
import type { RunningJob } from "../../runtime/running-job.ts";
import type { Cluster } from "../cluster.ts";
import { type Endpoint, endpoint } from "../endpoint.ts";
import type { FailureCause } from "../java-serialization.ts";
import { RestError } from "../rest-error.ts";
import { HexId, JobParams, textOf, Whole } from "../schemas.ts";
import {
  OPTIONAL_CAUSE,
  operationAnswer,
  operationSchema,
  TriggerAnswerSchema,
  TriggerIdSchema,
} from "./operation-answer.ts";

const tag = "operations";
const TriggerParams = Type.Object({ jobid: HexId, triggerid: HexId });
/** Savepoints have one format, which is Flink's idea of canonical. */
const FormatType = Type.Optional(textOf(["CANONICAL", "NATIVE"]));
const Directory = Type.Optional(Type.Union([Type.String(), Type.Null()]));

type SavepointOutcome = { readonly location: string } | { readonly "failure-cause": FailureCause };
type CheckpointOutcome = { readonly checkpointId: number } | { readonly failureCause: FailureCause };

/** Requests are accepted as they come, also for jobs that are not there; how it went is found out with the id. */
export const savepointEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "POST",
    path: "/jobs/:jobid/savepoints",
    summary: "Takes a savepoint",
    tag,
    params: JobParams,
    body: Type.Object({
      "target-directory": Directory,
      "cancel-job": Type.Optional(Type.Boolean({ description: "Cancels the job behind it. Better: stop." })),
      formatType: FormatType,
      triggerId: TriggerIdSchema,
    }),
    answer: TriggerAnswerSchema,
    status: 202,
    handle: ({ params, body }, cluster) => {
      const directory = directoryOf(body["target-directory"], params.jobid, cluster);
      return {
        "request-id": cluster.savepoints.start(params.jobid, body.triggerId ?? undefined, async () => {
          const job = runningJob(params.jobid, cluster);
          const location = await job.triggerSavepoint(directory);
          if (body["cancel-job"] === true) await job.cancel();
          return { location };
        }),
      };
    },
  }),
  endpoint({
    method: "POST",
    path: "/jobs/:jobid/stop",
    summary: "Stops a job with a savepoint",
    tag,
    params: JobParams,
    body: Type.Object({
      targetDirectory: Directory,
      drain: Type.Optional(Type.Boolean({ description: "Event time ends first: all windows and timers fire" })),
      formatType: FormatType,
      triggerId: TriggerIdSchema,
    }),
    answer: TriggerAnswerSchema,
    status: 202,
    handle: ({ params, body }, cluster) => {
      const directory = directoryOf(body.targetDirectory, params.jobid, cluster);
      return {
        "request-id": cluster.savepoints.start(params.jobid, body.triggerId ?? undefined, async () => {
          const location = await runningJob(params.jobid, cluster).stop({ directory, drain: body.drain ?? false });
          return { location };
        }),
      };
    },
  }),
  endpoint({
    method: "GET",
    path: "/jobs/:jobid/savepoints/:triggerid",
    summary: "How far a savepoint or stop is",
    tag,
    params: TriggerParams,
    answer: operationSchema<SavepointOutcome>({
      location: Type.Optional(Type.String()),
      "failure-cause": OPTIONAL_CAUSE,
    }),
    refusals: [404],
    handle: ({ params }, { savepoints }) =>
      operationAnswer<{ location: string }, SavepointOutcome>(
        savepoints.find(params.jobid, params.triggerid),
        (result) => result,
        (cause) => ({ "failure-cause": cause }),
      ),
  }),
  endpoint({
    method: "POST",
    path: "/jobs/:jobid/checkpoints",
    summary: "Takes a checkpoint now",
    tag,
    params: JobParams,
    body: Type.Object({
      checkpointType: Type.Optional(textOf(["CONFIGURED", "FULL", "INCREMENTAL"])),
      triggerId: TriggerIdSchema,
    }),
    bodyIsOptional: true,
    answer: TriggerAnswerSchema,
    status: 202,
    handle: ({ params, body }, cluster) => ({
      "request-id": cluster.checkpoints.start(params.jobid, body?.triggerId ?? undefined, async () => {
        const job = runningJob(params.jobid, cluster);
        return { checkpointId: idAt(await job.triggerCheckpoint(), job) };
      }),
    }),
  }),
  endpoint({
    method: "GET",
    path: "/jobs/:jobid/checkpoints/:triggerid",
    summary: "How far a checkpoint that was asked for is",
    tag,
    params: TriggerParams,
    answer: operationSchema<CheckpointOutcome>({
      checkpointId: Type.Optional(Whole),
      // Flink writes it differently here.
      failureCause: OPTIONAL_CAUSE,
    }),
    refusals: [404],
    handle: ({ params }, { checkpoints }) =>
      operationAnswer<{ checkpointId: number }, CheckpointOutcome>(
        checkpoints.find(params.jobid, params.triggerid),
        (result) => result,
        (cause) => ({ failureCause: cause }),
      ),
  }),
];

/** @throws {RestError} 400: neither the request nor the job says where to. */
function directoryOf(given: string | null | undefined, jobId: string, { jobs }: Cluster): string {
  const directory = given ?? jobs.find(jobId)?.details().settings.checkpointing.savepointDirectory;
  if (directory === undefined || directory === "") {
    throw new RestError(
      400,
      "no folder for the savepoint: give target-directory, or set execution.checkpointing.savepoint-dir in the program.",
    );
  }
  return directory;
}

/** @throws {MillraceError} `JOB_CANCELLED` where there is no such job, or it has ended. */
function runningJob(jobId: string, { jobs }: Cluster): RunningJob {
  const job = jobs.find(jobId);
  if (job === undefined || isTerminal(job.status())) {
    const what = job === undefined ? "is not known here" : `has ended: it is ${job.status()}`;
    throw new MillraceError("JOB_CANCELLED", {
      message: `Could not find job (${jobId}) among those that run; it ${what}.`,
    });
  }
  return job;
}

/** The job says where its checkpoint is; the statistics say which one that is. */
function idAt(location: string, job: RunningJob): number {
  const { history, latest } = job.checkpoints();
  return [...history, latest.completed].find((one) => one?.external_path === location)?.id ?? 0;
}
