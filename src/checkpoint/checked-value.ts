import { RestoreError } from "../core/errors.ts";

/**
 * A decoded value of unknown shape, read part by part; each reading checks the type and the bounds, and a failure names the part, as in
 * `operators[2].subtasks[0].keyed`.
 */
export class CheckedValue {
  readonly #value: unknown;
  readonly #part: string;
  readonly #where: string;

  constructor(value: unknown, where: string, part = "") {
    this.#value = value;
    this.#where = where;
    this.#part = part;
  }

  field(name: string): CheckedValue {
    const value = this.#value;
    if (typeof value !== "object" || value === null || Array.isArray(value)) throw this.wrong("is not an object");
    const part = this.#part === "" ? name : `${this.#part}.${name}`;
    return new CheckedValue((value as Record<string, unknown>)[name], this.#where, part);
  }

  /** As it is, unchecked. */
  get value(): unknown {
    return this.#value;
  }

  get missing(): boolean {
    return this.#value === undefined || this.#value === null;
  }

  list(lengthMax: number): CheckedValue[] {
    const value = this.#value;
    if (!Array.isArray(value)) throw this.wrong("is not a list");
    if (value.length > lengthMax) throw this.wrong(`has ${value.length} items, more than ${lengthMax}`);
    return value.map((item, index) => new CheckedValue(item, this.#where, `${this.#part}[${index}]`));
  }

  text(lengthMax: number): string {
    const value = this.#value;
    if (typeof value !== "string") throw this.wrong("is not a text");
    if (value.length > lengthMax) throw this.wrong(`is longer than ${lengthMax} characters`);
    return value;
  }

  integer(min: number, max: number): number {
    const value = this.#value;
    if (typeof value !== "number" || !Number.isSafeInteger(value)) throw this.wrong("is not a whole number");
    if (value < min || value > max) throw this.wrong(`is ${value}, outside ${min} to ${max}`);
    return value;
  }

  flag(): boolean {
    if (typeof this.#value !== "boolean") throw this.wrong("is neither true nor false");
    return this.#value;
  }

  bytes(): Uint8Array {
    if (!(this.#value instanceof Uint8Array)) throw this.wrong("is not bytes");
    return this.#value;
  }

  oneOf<T extends string>(choices: readonly T[]): T {
    const value = this.#value;
    const found = choices.find((choice) => choice === value);
    if (found === undefined) throw this.wrong(`is none of ${choices.join(", ")}`);
    return found;
  }

  /** The value itself, once `accepts` has said yes. */
  that<T>(accepts: (value: unknown) => value is T, law: string): T {
    const value = this.#value;
    if (!accepts(value)) throw this.wrong(law);
    return value;
  }

  wrong(law: string): RestoreError {
    return corrupt(this.#where, `${this.#part === "" ? "its content" : this.#part} ${law}`);
  }
}

/** `where` cannot be trusted, because of `what`. */
export function corrupt(where: string, what: string, cause?: unknown): RestoreError {
  return new RestoreError("CHECKPOINT_CORRUPT", {
    message: `${where} is damaged: ${what}.`,
    advice:
      "Start from another checkpoint or savepoint with --from; look for a failing disk, or a program that changed the file.",
    facts: { where, what },
    ...(cause === undefined ? {} : { cause }),
  });
}

/** What an error says happened, without its code and its advice: to be part of another text. */
export function sentenceOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split("\n")[0]!.replace(/^[A-Z_]+: /, "");
}
