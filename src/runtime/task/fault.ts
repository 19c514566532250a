import { MillraceError } from "../../core/errors.ts";
import { describeFault, previewOf } from "../../core/fault-text.ts";

/** An error that already names its operator passes further operators of the chain unchanged. */
const attributed = new WeakSet<object>();

/**
 * Says in which operator, on which record, an exception was thrown; its cause keeps the user's own file and line. Without a record,
 * `doing` may say what the operator was at, as in "in open".
 */
export function attribute(error: unknown, operator: string, value: unknown, doing?: string): MillraceError {
  if (error instanceof MillraceError && attributed.has(error)) return error;
  const own = error instanceof MillraceError ? error : undefined;
  const advice = own?.advice === undefined ? {} : { advice: own.advice };
  const message = own === undefined ? describeFault(error) : whatHappened(own);
  const at = value === NO_RECORD ? doing : `on record ${previewOf(value)}`;
  const fault = new MillraceError(own?.code ?? "USER_FUNCTION_FAILED", {
    message: `${operator}${at === undefined ? "" : ` failed ${at}`}: ${message}`,
    ...advice,
    next: own?.next ?? "restart",
    cause: error,
  });
  attributed.add(fault);
  return fault;
}

/** Without the code before it and the advice behind it. */
function whatHappened({ code, message, advice }: MillraceError): string {
  return message.slice(code.length + 2, advice === undefined ? undefined : -(advice.length + "\n  ".length));
}

/** Passed as the record where there is none: a timer, `open`, the end of input. */
export const NO_RECORD: unique symbol = Symbol("no record");
