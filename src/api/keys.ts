import type { Schema } from "../codec/schema.ts";
import { requireSynchronous } from "./synchronous.ts";

/**
 * What a stream can be keyed by: a value whose equality is that of its contents. Not null or undefined; and, which only the first record
 * shows, no map, set or function inside. At run time such a key is `INVALID_KEY` or `NULL_KEY`.
 */
export type Key = string | number | boolean | bigint | Date | readonly unknown[] | object;

/** The fields of `T` that can be a key. */
export type KeyField<T> = { [Field in keyof T]-?: T[Field] extends Key ? Field : never }[keyof T] & (string | number);

export interface KeyOptions {
  /** The type of the keys, compared with those of a checkpoint at restore. Default: not compared. */
  readonly schema?: Schema;
}

/** A function or the name of a field, as the function. */
export function keySelectorOf<T>(selector: ((value: T) => unknown) | keyof T): (value: T) => unknown {
  requireSynchronous(selector);
  return typeof selector === "function" ? selector : (value) => value[selector];
}
