/** What the runtime does after an error: try the same again, restart the job from its last checkpoint, or fail it. */
export type NextStep = "retry" | "restart" | "fail";

/** Every code that Millrace's own errors can carry; the guide page `docs/guide/errors.md` explains each. */
export type ErrorCode =
  // The program or its configuration
  | "CONFIG_INVALID"
  | "CHECKPOINT_INTERVAL"
  | "DURATION_INVALID"
  | "FUNCTION_ASYNCHRONOUS"
  | "DUPLICATE_UID"
  | "UID_MISSING"
  | "PLAN_INVALID"
  | "PLAN_MISMATCH"
  | "PARALLELISM_INVALID"
  | "PROGRAM_NOT_LOADABLE"
  | "DEPENDENCY_MISSING"
  // Records
  | "NULL_KEY"
  | "INVALID_KEY"
  | "NO_TIMESTAMP"
  | "VALUE_NOT_ENCODABLE"
  | "SCHEMA_MISMATCH"
  | "BYTES_CORRUPT"
  | "MALFORMED_RECORD"
  | "USER_FUNCTION_FAILED"
  | "ASYNC_TIMEOUT"
  // State
  | "STATE_OUTSIDE_KEY"
  | "STATE_DUPLICATE"
  | "STATE_INCOMPATIBLE"
  | "STATE_NOT_CLAIMED"
  | "STATE_TOO_LARGE"
  | "BROADCAST_READ_ONLY"
  | "MAX_PARALLELISM_MISMATCH"
  // Checkpoints
  | "CHECKPOINT_EXPIRED"
  | "CHECKPOINT_DECLINED"
  | "CHECKPOINT_FAILED"
  | "CHECKPOINT_NOT_FOUND"
  | "CHECKPOINT_INCOMPLETE"
  | "CHECKPOINT_IN_USE"
  | "CHECKPOINT_CORRUPT"
  | "CHECKPOINT_FORMAT_UNKNOWN"
  | "CHECKPOINT_TOLERANCE_EXCEEDED"
  | "SAVEPOINT_DIRECTORY_MISSING"
  | "JOB_ALREADY_RUNNING"
  | "LEADERSHIP_LOST"
  // The outside
  | "FILESYSTEM_UNKNOWN"
  | "FILE_NOT_FOUND"
  | "FILE_FAILED"
  | "SOURCE_FAILED"
  | "SINK_FAILED"
  | "COMMIT_FAILED"
  | "REST_UNREACHABLE"
  | "REST_REFUSED"
  | "JOB_NOT_FOUND"
  | "TASK_MANAGER_LOST"
  | "RESTARTS_EXHAUSTED"
  | "JOB_CANCELLED"
  | "JOB_FAILED";

export interface ErrorDetails {
  /** What happened and where, in the names that the user wrote. */
  readonly message: string;
  /** What to do about it. */
  readonly advice?: string;
  readonly next?: NextStep;
  readonly facts?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** An error that says what happened, where, and what to do. `message` reads `CODE: what happened.\n  advice`. */
export class MillraceError extends Error {
  override name: string = "MillraceError";
  readonly code: ErrorCode;
  readonly advice: string | undefined;
  readonly next: NextStep;
  readonly facts: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, details: ErrorDetails) {
    const advice = details.advice === undefined ? "" : `\n  ${details.advice}`;
    super(`${code}: ${details.message}${advice}`, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.advice = details.advice;
    this.next = details.next ?? "fail";
    this.facts = details.facts ?? {};
  }
}

/** The program or its settings are wrong; thrown before anything runs. */
export class ConfigError extends MillraceError {
  override name: string = "ConfigError";
}

/** A snapshot cannot be restored; nothing of it has been. */
export class RestoreError extends MillraceError {
  override name: string = "RestoreError";
}

/** A value cannot be carried as bytes, or bytes are not what they claim to be. */
export class CodecError extends MillraceError {
  override name: string = "CodecError";
}

/** An error as it crosses a thread: the whole chain of causes, as data. */
export interface SerializedError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly code: ErrorCode | undefined;
  readonly advice: string | undefined;
  readonly next: NextStep | undefined;
  readonly cause: SerializedError | undefined;
}

export function serializeError(error: unknown, depth = 0): SerializedError {
  if (!(error instanceof Error)) {
    return {
      name: "Error",
      message: String(error),
      stack: undefined,
      code: undefined,
      advice: undefined,
      next: undefined,
      cause: undefined,
    };
  }
  const own = error instanceof MillraceError ? error : undefined;
  return {
    name: error.name,
    message: error.message,
    stack: error.stack,
    code: own?.code,
    advice: own?.advice,
    next: own?.next,
    cause: error.cause === undefined || depth >= CAUSES_MAX ? undefined : serializeError(error.cause, depth + 1),
  };
}

export function deserializeError(data: SerializedError): Error {
  const cause = data.cause === undefined ? undefined : deserializeError(data.cause);
  const error = data.code === undefined ? new Error(data.message, { cause }) : revive(data, data.code, cause);
  error.name = data.name;
  if (data.stack !== undefined) error.stack = data.stack;
  return error;
}

function revive(data: SerializedError, code: ErrorCode, cause: Error | undefined): MillraceError {
  const advice = data.advice === undefined ? {} : { advice: data.advice };
  const error = new MillraceError(code, { message: "", ...advice, next: data.next ?? "fail", cause });
  error.message = data.message;
  return error;
}

/** Longer chains than this are cut; a cycle of causes would otherwise never end. */
const CAUSES_MAX = 8;
