/** What takes a while: it is triggered, and then asked after until it is done. */
import { RestError, request } from "./request.ts";

const ASK_EVERY_MS = 300;

export interface StopOptions {
  readonly directory: string | undefined;
  /** Ends event time first, so that all windows and timers fire. */
  readonly drain: boolean;
}

/** @returns the id of the checkpoint. */
export async function takeCheckpoint(job: string, signal: AbortSignal): Promise<number | undefined> {
  const trigger = await start(["jobs", job, "checkpoints"], { checkpointType: "CONFIGURED" });
  const { checkpointId } = await finished(["jobs", job, "checkpoints", trigger], signal);
  return checkpointId;
}

/** @returns where the savepoint is. */
export async function takeSavepoint(job: string, directory: string | undefined, signal: AbortSignal): Promise<string> {
  const trigger = await start(["jobs", job, "savepoints"], {
    "cancel-job": false,
    ...(directory === undefined ? {} : { "target-directory": directory }),
  });
  const { location } = await finished(["jobs", job, "savepoints", trigger], signal);
  return location ?? "";
}

/** @returns where the savepoint is. */
export async function stopJob(job: string, { directory, drain }: StopOptions, signal: AbortSignal): Promise<string> {
  const trigger = await start(["jobs", job, "stop"], { targetDirectory: directory ?? null, drain });
  const { location } = await finished(["jobs", job, "savepoints", trigger], signal);
  return location ?? "";
}

interface Operation {
  readonly location?: string;
  readonly checkpointId?: number;
}

interface OperationStatus {
  readonly status: { readonly id: "IN_PROGRESS" | "COMPLETED" };
  readonly operation: (Operation & Readonly<Record<string, unknown>>) | null;
}

async function start(path: readonly string[], body: unknown): Promise<string> {
  const answer = await request<{ "request-id": string }>(path, { method: "POST", body });
  return answer["request-id"];
}

async function finished(path: readonly string[], signal: AbortSignal): Promise<Operation> {
  for (;;) {
    const { status, operation } = await request<OperationStatus>(path, { signal });
    if (status.id === "COMPLETED" && operation !== null) {
      // Savepoints have the one name, checkpoints the other.
      const failure = operation["failure-cause"] ?? operation["failureCause"];
      if (failure === undefined || failure === null) return operation;
      throw new RestError(causeText(failure), undefined);
    }
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
    signal.throwIfAborted();
  }
}

/** The reason at the end of a chain of causes: the Java classes before it are there for Flink's clients. */
function causeText(failure: unknown): string {
  const stack = (failure as { "stack-trace"?: string })["stack-trace"] ?? String(failure);
  const lines = stack.split("\n").filter((line) => !/^\s+at /.test(line));
  const causes = lines.filter((line) => line.startsWith("Caused by: "));
  return (causes.at(-1) ?? lines[0] ?? "").replace(/^Caused by: /, "").replace(/^(?:[\w$]+\.)+[\w$]+: /, "");
}
