import { CodecError } from "../core/errors.ts";

/** An array of its own with what is added to the list state `name`, all of it checked before any is added. */
export function checkedElements<T>(elements: Iterable<T>, name: string): T[] {
  const list = [...elements];
  for (const element of list) checkElement(element, name);
  return list;
}

/** @throws {CodecError} `VALUE_NOT_ENCODABLE` for null and undefined. */
export function checkElement(element: unknown, name: string): void {
  if (element !== null && element !== undefined) return;
  throw new CodecError("VALUE_NOT_ENCODABLE", {
    message: `${String(element)} was added to list state "${name}".`,
    advice: "Leave such elements out, or wrap them in an object.",
  });
}
