import { copyValue } from "../codec/value-codec.ts";

/**
 * Lets a JS Map compare keys by value. A primitive stands for itself; arrays, plain objects and dates that are the same key share
 * one identity.
 */
export class MapKeys {
  #structural: Map<string, StructuralKey> | undefined;

  /** The identity of `key`; of an unknown structural key one that no row has. */
  find(key: unknown): unknown {
    if (typeof key !== "object" || key === null) return key;
    return this.#structural?.get(structuralText(key)) ?? UNKNOWN;
  }

  /** The same, made known. The key is copied, since its owner may change it. */
  intern(key: unknown): unknown {
    if (typeof key !== "object" || key === null) return key;
    this.#structural ??= new Map();
    const text = structuralText(key);
    const known = this.#structural.get(text);
    if (known !== undefined) return known;
    const identity = new StructuralKey(copyValue(key), text);
    this.#structural.set(text, identity);
    return identity;
  }

  forget(identity: unknown): void {
    if (identity instanceof StructuralKey) this.#structural?.delete(identity.text);
  }
}

/** The key that `identity` stands for. */
export function keyOf(identity: unknown): unknown {
  return identity instanceof StructuralKey ? identity.key : identity;
}

class StructuralKey {
  readonly key: unknown;
  readonly text: string;

  constructor(key: unknown, text: string) {
    this.key = key;
    this.text = text;
  }
}

const UNKNOWN = Symbol("unknown key");

/** The same text for keys that `sameKey` calls the same, and for no others. */
function structuralText(key: unknown): string {
  if (typeof key === "string") return JSON.stringify(key);
  if (typeof key === "bigint") return `${key}n`;
  if (typeof key === "number") return String(key === 0 ? 0 : key);
  if (typeof key !== "object" || key === null) return String(key);
  if (Array.isArray(key)) return `[${key.map(structuralText).join()}]`;
  if (key instanceof Date) return `@${key.getTime()}`;
  const record = key as Record<string, unknown>;
  const fields = Object.keys(record)
    .sort()
    .map((name) => `${JSON.stringify(name)}:${structuralText(record[name])}`);
  return `{${fields.join()}}`;
}
