import { CodecError } from "../core/errors.ts";

/**
 * `value` as JSON on one line.
 *
 * @throws {CodecError} `VALUE_NOT_ENCODABLE`, with the path of the field, for what JSON has no form for: a bigint, a function, a
 * cycle, or undefined by itself.
 */
export function jsonText(value: unknown): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch (cause) {
    throw notEncodable(value, cause);
  }
  if (text === undefined) throw notEncodable(value, undefined);
  return text;
}

function notEncodable(value: unknown, cause: unknown): CodecError {
  const culprit = findCulprit(value, "", []);
  const what =
    culprit?.what ??
    (cause instanceof Error ? `not JSON (${cause.message})` : value === undefined ? "undefined" : `a ${typeof value}`);
  const where = culprit === undefined || culprit.path === "" ? "the record" : `the record's field "${culprit.path}"`;
  return new CodecError("VALUE_NOT_ENCODABLE", {
    message: `${where} is ${what}, which JSON cannot hold.`,
    advice: "Map the record to plain JSON before the sink, such as String(value) for a bigint.",
    facts: culprit === undefined ? {} : { path: culprit.path },
    ...(cause === undefined ? {} : { cause }),
  });
}

interface Culprit {
  readonly path: string;
  readonly what: string;
}

/** The first part that JSON.stringify throws for. */
function findCulprit(value: unknown, path: string, above: readonly object[]): Culprit | undefined {
  if (typeof value === "bigint") return { path, what: "a bigint" };
  if (typeof value !== "object" || value === null || hasToJson(value)) return undefined;
  if (above.includes(value)) return { path, what: "an object that holds itself" };
  const inside = [...above, value];
  for (const [name, part] of Object.entries(value)) {
    const partPath = Array.isArray(value) ? `${path}[${name}]` : path === "" ? name : `${path}.${name}`;
    const found = findCulprit(part, partPath, inside);
    if (found !== undefined) return found;
  }
  return undefined;
}

function hasToJson(value: object): boolean {
  return "toJSON" in value && typeof value.toJSON === "function";
}
