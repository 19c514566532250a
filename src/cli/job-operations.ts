import type { Clock } from "../core/clock.ts";
import { MillraceError } from "../core/errors.ts";
import { bytesText, durationText } from "../core/figures.ts";
import type { ListedJob } from "./running-jobs.ts";

/** How often it is asked how far something is: soon at first, for most of it takes no time. */
const POLL_FIRST_MS = 10;
const POLL_MAX_MS = 200;

/** Told now and then how far something is. */
export type OnProgress = (line: string) => void;

interface Operation {
  readonly status: { readonly id: string };
  readonly operation:
    | ({ readonly location?: string; readonly checkpointId?: number } & Partial<
        Record<"failure-cause" | "failureCause", Cause>
      >)
    | null;
}

interface Cause {
  readonly "stack-trace": string;
}

/** Takes a savepoint. @returns where it is. */
export async function takeSavepoint(
  job: ListedJob,
  directory: string | undefined,
  clock: Clock,
  onProgress: OnProgress,
): Promise<string> {
  const body = directory === undefined ? {} : { "target-directory": directory };
  const done = await operate(job, "savepoints", "savepoints", body, clock, onProgress);
  return done.location!;
}

/** Stops a job with a savepoint. @returns where it is. */
export async function stopJob(
  job: ListedJob,
  options: { readonly directory: string | undefined; readonly drain: boolean },
  clock: Clock,
  onProgress: OnProgress,
): Promise<string> {
  const target = options.directory === undefined ? {} : { targetDirectory: options.directory };
  const done = await operate(job, "stop", "savepoints", { ...target, drain: options.drain }, clock, onProgress);
  return done.location!;
}

/** Takes a checkpoint now. @returns its id. */
export async function takeCheckpoint(job: ListedJob, clock: Clock, onProgress: OnProgress): Promise<number> {
  const done = await operate(job, "checkpoints", "checkpoints", { checkpointType: "CONFIGURED" }, clock, onProgress);
  return done.checkpointId!;
}

/** Ends a job without a savepoint. @returns its state at the end; undefined where its process has ended with it. */
export async function cancelJob(job: ListedJob, clock: Clock): Promise<string | undefined> {
  await job.client.patch(`/jobs/${job.id}?mode=cancel`);
  for (let pauseMs = POLL_FIRST_MS; ; pauseMs = longer(pauseMs)) {
    const state = await stateOf(job);
    if (state === undefined || ["CANCELED", "FINISHED", "FAILED"].includes(state)) return state;
    await pause(clock, pauseMs);
  }
}

async function operate(
  job: ListedJob,
  what: string,
  shownBelow: string,
  body: object,
  clock: Clock,
  onProgress: OnProgress,
): Promise<NonNullable<Operation["operation"]>> {
  const { client, id: jobId } = job;
  const { "request-id": id } = await client.post<{ "request-id": string }>(`/jobs/${jobId}/${what}`, body);
  return finished(
    () => client.get<Operation>(`/jobs/${jobId}/${shownBelow}/${id}`),
    clock,
    async () => {
      const line = await progressOf(job);
      if (line !== undefined) onProgress(line);
    },
  );
}

async function finished(
  ask: () => Promise<Operation>,
  clock: Clock,
  whileWaiting: () => Promise<void>,
): Promise<NonNullable<Operation["operation"]>> {
  for (let pauseMs = POLL_FIRST_MS; ; pauseMs = longer(pauseMs)) {
    const { status, operation } = await ask();
    if (status.id === "COMPLETED") {
      const cause = operation?.["failure-cause"] ?? operation?.failureCause;
      if (cause !== undefined) throw failed(cause["stack-trace"]);
      return operation ?? {};
    }
    await whileWaiting();
    await pause(clock, pauseMs);
  }
}

/** The first lines say what was wrong; what follows says where in Millrace. */
function failed(stack: string): MillraceError {
  const message = stack.split(/\n\s+at /, 1)[0]!.replace(/^\w*Error: ([A-Z_]+: )?/, "");
  return new MillraceError("REST_REFUSED", { message: `the job answers: ${message}` });
}

async function progressOf({ client, id }: ListedJob): Promise<string | undefined> {
  const { history } = await client.get<{ readonly history: readonly Underway[] }>(`/jobs/${id}/checkpoints`);
  const current = history.find(({ status }) => status === "IN_PROGRESS");
  if (current === undefined) return undefined;
  const { num_acknowledged_subtasks: done, num_subtasks: all, state_size: bytes, end_to_end_duration: ms } = current;
  return `${done} of ${all} subtasks, ${bytesText(bytes)}, ${durationText(ms)}`;
}

interface Underway {
  readonly status: string;
  readonly num_acknowledged_subtasks: number;
  readonly num_subtasks: number;
  readonly state_size: number;
  readonly end_to_end_duration: number;
}

async function stateOf({ client, id }: ListedJob): Promise<string | undefined> {
  try {
    return (await client.get<{ readonly status: string }>(`/jobs/${id}/status`)).status;
  } catch (error) {
    // A program that has nothing else to do ends with its job.
    if (error instanceof MillraceError && error.code === "REST_UNREACHABLE") return undefined;
    throw error;
  }
}

function longer(pauseMs: number): number {
  return Math.min(2 * pauseMs, POLL_MAX_MS);
}

function pause(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => clock.setAlarm(clock.nowMs() + ms, resolve));
}
