import { MillraceError } from "../../core/errors.ts";

/** Longest text of a record in an error message. */
const RECORD_CHARS_MAX = 300;

/** An error that already names its operator passes further operators of the chain unchanged. */
const attributed = new WeakSet<object>();

/** Says in which operator, on which record, an exception was thrown; its cause keeps the user's own file and line. */
export function attribute(error: unknown, operator: string, value: unknown): MillraceError {
  if (error instanceof MillraceError && attributed.has(error)) return error;
  const own = error instanceof MillraceError;
  const message = own ? error.message.slice(error.code.length + 2) : describe(error);
  const fault = new MillraceError(own ? error.code : "USER_FUNCTION_FAILED", {
    message: `${operator}${value === NO_RECORD ? "" : ` failed on record ${preview(value)}`}: ${message}`,
    next: own ? error.next : "restart",
    cause: error,
  });
  attributed.add(fault);
  return fault;
}

/** Passed as the record where there is none: a timer, `open`, the end of input. */
export const NO_RECORD: unique symbol = Symbol("no record");

function describe(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}${userFrame(error)}` : String(error);
}

/** The first place of the stack that is neither Node's nor ours. */
function userFrame(error: Error): string {
  const frame = error.stack
    ?.split("\n")
    .find((line) => /^\s+at /.test(line) && !/node:|\/millrace\/(dist|src)\/|evalmachine|<anonymous>:/.test(line));
  const place = frame && /\(?((?:file:\/\/)?\/[^()]+:\d+:\d+)\)?$/.exec(frame.trim())?.[1];
  return place === undefined || place === "" ? "" : ` (at ${place})`;
}

function preview(value: unknown): string {
  let text: string;
  try {
    text = JSON.stringify(value, (_name, part) => (typeof part === "bigint" ? `${part}n` : part)) ?? String(value);
  } catch {
    text = String(value);
  }
  return text.length <= RECORD_CHARS_MAX ? text : `${text.slice(0, RECORD_CHARS_MAX)}... (${text.length} characters)`;
}
