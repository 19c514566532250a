import { CodecError } from "../core/errors.ts";
import { kindOf } from "./value-kind.ts";

/** Containers within containers, of a value that can be carried. More is nearly always a cycle, and would exhaust the stack. */
export const VALUE_DEPTH_MAX = 200;

/**
 * Passes if `value` can be carried as bytes.
 *
 * @throws {CodecError} `VALUE_NOT_ENCODABLE` with the path of the first part that cannot.
 *
 * @example
 * checkEncodable({ items: [{ callback() {} }] }); // VALUE_NOT_ENCODABLE: value.items[0].callback is a function.
 */
export function checkEncodable(value: unknown, path = "value"): void {
  check(value, [path], []);
}

/** `path` and `above` (the containers that are open) are pushed and popped; a path is joined only for an error. */
function check(value: unknown, path: string[], above: object[]): void {
  if (typeof value === "function") {
    refuse(
      path,
      "is a function",
      "Keep code out of records and state: carry what it computes, or a name to look it up by.",
    );
  }
  if (typeof value === "symbol") refuse(path, "is a symbol", "Use a string instead.");
  if (typeof value !== "object" || value === null) return;

  const cycle = above.indexOf(value);
  if (cycle >= 0) {
    refuse(path, `refers back to ${path.slice(0, cycle + 1).join("")}`, "Break the cycle: refer to it by an id.");
  }
  if (above.length >= VALUE_DEPTH_MAX) {
    refuse(
      path,
      `is nested more than ${VALUE_DEPTH_MAX} levels deep`,
      "Flatten it, for example into a list of nodes with ids.",
    );
  }
  above.push(value);
  for (const [step, part] of parts(value, path)) {
    path.push(step);
    check(part, path, above);
    path.pop();
  }
  above.pop();
}

/** The parts of a container, each with the step that leads to it. */
function* parts(value: object, path: readonly string[]): Iterable<readonly [string, unknown]> {
  switch (kindOf(value)) {
    case "record":
    case "dictionary":
      for (const [name, field] of Object.entries(value)) yield [stepTo(name), field];
      return;
    case "array":
      for (const [index, item] of (value as unknown[]).entries()) yield [`[${index}]`, item];
      return;
    case "set":
      for (const [index, item] of [...(value as Set<unknown>)].entries()) yield [`.values()[${index}]`, item];
      return;
    case "map":
      for (const [index, [key, item]] of [...(value as Map<unknown, unknown>)].entries()) {
        yield [`.keys()[${index}]`, key];
        yield [typeof key === "string" ? `.get(${JSON.stringify(key)})` : `.values()[${index}]`, item];
      }
      return;
    case "foreign":
      refuseForeign(value, path);
      break;
    case "date":
    case "bytes":
    case "typed-array":
    case "array-buffer":
    case "data-view":
      return;
  }
}

function refuseForeign(value: object, path: readonly string[]): never {
  if (value instanceof Promise) refuse(path, "is a promise", "Await it first, and carry what it gives.");
  const name: unknown = value.constructor?.name;
  refuse(
    path,
    typeof name === "string" && name !== ""
      ? `is an instance of class ${name}`
      : "is an object with a prototype of its own",
    "Turn it into a plain object, array, Map, Set, Date or string first, and make it again where it is used.",
  );
}

function refuse(path: readonly string[], what: string, advice: string): never {
  throw new CodecError("VALUE_NOT_ENCODABLE", {
    message: `${path.join("")} ${what}.`,
    advice,
    facts: { path: path.join("") },
  });
}

function stepTo(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
}
