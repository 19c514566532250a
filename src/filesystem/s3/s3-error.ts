import { MillraceError } from "../../core/errors.ts";
import { fileError, systemCode, systemError } from "../file-error.ts";

interface ServiceAnswer {
  readonly name: string;
  readonly message: string;
  readonly status: number | undefined;
}

const KEYS =
  "Set s3.access-key and s3.secret-key, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, to keys that may do that in this bucket.";
const ENDPOINT = "Check s3.endpoint (or AWS_ENDPOINT_URL_S3) and that the store runs and can be reached from here.";

/** What the S3 file system throws: the path, what was tried, what S3 says of it, and what to do. `action` completes "could not …". */
export function s3Error(action: string, path: string, cause: unknown): MillraceError {
  if (cause instanceof MillraceError) return cause;
  const answer = answerOf(cause);
  if (answer.name === "NoSuchKey" || answer.name === "NoSuchUpload") {
    return fileError(action, path, Object.assign(systemError("ENOENT", "no such object"), { cause }));
  }
  const { reason, advice } = explain(path, answer, systemCode(cause));
  if (advice === undefined) return fileError(action, path, cause);
  return new MillraceError("FILE_FAILED", {
    message: `could not ${action} ${path}: ${reason}.`,
    advice,
    next: "restart",
    facts: { path, s3Error: answer.name, status: answer.status },
    cause,
  });
}

/** Undefined advice: nothing is known of it but what it says itself. */
function explain(
  path: string,
  { name, message, status }: ServiceAnswer,
  code: string | undefined,
): { readonly reason: string; readonly advice: string | undefined } {
  const bucket = path.split("/")[1] ?? "";
  if (name === "NoSuchBucket") {
    return {
      reason: `there is no bucket "${bucket}"`,
      advice: "Create the bucket, or check its name and the endpoint.",
    };
  }
  if (name === "CredentialsProviderError") {
    return { reason: "no access key is set, and none is found where the AWS SDK looks", advice: KEYS };
  }
  if (message === "Region is missing") {
    return { reason: "no region is set", advice: "Set s3.region or AWS_REGION to the region of the bucket." };
  }
  if (name === "PermanentRedirect" || status === 301) {
    return { reason: `bucket "${bucket}" is in another region`, advice: "Set s3.region or AWS_REGION to its region." };
  }
  if (status === 401 || status === 403) return { reason: `S3 refuses it (${said(name, message)})`, advice: KEYS };
  if (code !== undefined && UNREACHABLE.has(code))
    return { reason: `S3 cannot be reached (${message})`, advice: ENDPOINT };
  if (name === "TimeoutError") return { reason: `S3 does not answer (${message})`, advice: ENDPOINT };
  if (status !== undefined && status >= 500) {
    return {
      reason: `S3 fails (${status} ${said(name, message)})`,
      advice: "See the store's own log; the next attempt may succeed.",
    };
  }
  return { reason: message, advice: undefined };
}

const UNREACHABLE: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EPIPE",
  "ETIMEDOUT",
]);

/** An answer without a body, as to HEAD, has neither a name nor a message of its own. */
function said(name: string, message: string): string {
  if (message !== "UnknownError" && message !== "") return message;
  return name === "Unknown" || /^\d+$/.test(name) ? "it gives no reason" : name;
}

export function answerOf(cause: unknown): ServiceAnswer {
  if (!(cause instanceof Error)) return { name: "", message: String(cause), status: undefined };
  const { $metadata } = cause as { readonly $metadata?: { readonly httpStatusCode?: number } };
  return { name: cause.name, message: cause.message, status: $metadata?.httpStatusCode };
}
