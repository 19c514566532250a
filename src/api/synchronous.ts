import { ConfigError } from "../core/errors.ts";
import { declarationPlace } from "./declaration-place.ts";

/**
 * Refuses `async` functions where they are declared. A promise would pass for a record, `async` filters for true, and what a function does
 * after an `await` is in no checkpoint, with the state of another key.
 *
 * @param fn - A user's function, or an object of functions.
 * @param mayBeAsynchronous - Those of the object's functions whose promises are waited for.
 * @throws {ConfigError} `FUNCTION_ASYNCHRONOUS`.
 */
export function requireSynchronous(fn: unknown, mayBeAsynchronous: readonly string[] = ["close"]): void {
  const name = nameOfAsynchronous(fn, mayBeAsynchronous);
  if (name === undefined) return;
  throw new ConfigError("FUNCTION_ASYNCHRONOUS", {
    message: `the function ${name} given at ${declarationPlace()()} is asynchronous; functions of a stream are synchronous.`,
    advice:
      "What asks the outside for each record goes into AsyncDataStream.unorderedWait or orderedWait. Elsewhere take async and await away: what is waited for comes as a stream (connect, broadcast), is loaded before the job starts, or goes out by a sink.",
  });
}

function nameOfAsynchronous(fn: unknown, allowed: readonly string[]): string | undefined {
  if (typeof fn === "function") return isAsynchronous(fn) ? `"${fn.name || "without a name"}"` : undefined;
  if (typeof fn !== "object") return undefined;
  for (let owner = fn; owner !== null && owner !== Object.prototype; owner = Object.getPrototypeOf(owner)) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(owner))) {
      if (!allowed.includes(name) && typeof value === "function" && isAsynchronous(value)) return `"${name}"`;
    }
  }
  return undefined;
}

function isAsynchronous(fn: object): boolean {
  return ["AsyncFunction", "AsyncGeneratorFunction"].includes(
    (fn as { [Symbol.toStringTag]?: string })[Symbol.toStringTag] ?? "",
  );
}
