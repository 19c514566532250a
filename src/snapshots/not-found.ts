import { MillraceError } from "../core/errors.ts";

/** Something in a snapshot that was asked for by a name which nothing there has. */
export function notFound(what: string, advice: string): MillraceError {
  return new MillraceError("CONFIG_INVALID", { message: `${what}.`, advice });
}
