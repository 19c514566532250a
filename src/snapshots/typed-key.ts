import { alternatives } from "../codec/schema.ts";
import type { StateReader } from "./state-reader.ts";

/** What was typed, as a key of the state's type; undefined where it cannot be one. */
export function typedKey(typed: string, { keySchema }: Pick<StateReader, "keySchema">): unknown {
  const types = new Set(alternatives(keySchema).map(({ type }) => type));
  const parsed = parse(typed);
  if (types.has("date") && !Number.isNaN(Date.parse(typed))) return new Date(typed);
  if (types.has("bigint") && /^-?\d+n?$/.test(typed)) return BigInt(typed.replace("n", ""));
  if (parsed !== undefined && parsed !== null && typeof parsed !== "string") {
    const type = Array.isArray(parsed) ? "array" : typeof parsed;
    if (types.has(type as "number") || types.has("any")) return parsed;
  }
  return types.has("string") || types.has("any") ? typed : undefined;
}

function parse(typed: string): unknown {
  try {
    return JSON.parse(typed);
  } catch {
    // It is a text then.
    return undefined;
  }
}
