/**
 * What people read of a user's exception: its type and message, the place in their own code, and the record at hand. In `core` because
 * sources and tasks both say it.
 */

import { inspect } from "node:util";
import { ENGINE_FOLDERS } from "./package-root.ts";

/** Longest text of a record in an error message. */
const RECORD_CHARS_MAX = 300;

/** `TypeError: no such currency (at /home/me/orders.ts:7:42)`. */
export function describeFault(error: unknown): string {
  if (!(error instanceof Error)) return previewOf(error);
  const place = userPlace(error.stack ?? "");
  return `${error.name}: ${error.message}${place === undefined ? "" : ` (at ${place})`}`;
}

/** A record as one line of JSON, or as Node shows it where JSON would leave something out; shortened where it is long. */
export function previewOf(value: unknown): string {
  const text = jsonOf(value) ?? inspect(value, { depth: 4, breakLength: Number.POSITIVE_INFINITY });
  return text.length <= RECORD_CHARS_MAX ? text : `${text.slice(0, RECORD_CHARS_MAX)}... (${text.length} characters)`;
}

/** The first place of a stack that is the user's: neither Node's nor ours, and in no package if there is one outside of them. */
export function userPlace(stack: string): string | undefined {
  const places = stack.split("\n").flatMap((line) => {
    const place = /^\s+at (?:.*\()?(?:file:\/\/)?(\/[^()]+:\d+:\d+)\)?$/.exec(line)?.[1];
    return place === undefined || isOwn(place) ? [] : [place];
  });
  return places.find((place) => !place.includes("/node_modules/")) ?? places[0];
}

/** A program that bundles the engine has it under the package's name in its source map. Tests beside the source are users of it. */
function isOwn(place: string): boolean {
  if (/\.(test|contract)\.ts:\d+:\d+$/.test(place)) return false;
  return /\/node_modules\/millrace\//.test(place) || ENGINE_FOLDERS.some((folder) => place.startsWith(folder));
}

/** Undefined where JSON cannot hold all of it. */
function jsonOf(value: unknown): string | undefined {
  let lossless = true;
  try {
    const text = JSON.stringify(value, (_name, part: unknown) => {
      const isSpecial =
        typeof part === "bigint" ||
        typeof part === "function" ||
        typeof part === "symbol" ||
        part instanceof Map ||
        part instanceof Set ||
        ArrayBuffer.isView(part) ||
        (typeof part === "number" && !Number.isFinite(part));
      if (isSpecial) lossless = false;
      return lossless ? part : undefined;
    });
    return lossless ? text : undefined;
  } catch {
    // It refers to itself, or has a toJSON that throws.
    return undefined;
  }
}
