/**
 * The only place in Millrace that turns text into code. What is generated: a function per record shape, in which field accesses are
 * spelled out, so that V8 sees one shape per function. The text holds field names and nothing else of a program's data, each as a
 * string literal.
 */

/** Generated functions whose source is kept for `generatedSources`; the functions themselves live as long as their users. */
const SOURCES_MAX = 512;

const sources = new Map<string, string>();
let generatedCount = 0;

/**
 * Compiles the body of a function. The text ends with a name of its own: V8 shares code, and what it has learned of types, between
 * functions of equal text, and stack traces and profiles show the name.
 */
export function generate<F extends (...parameters: never[]) => unknown>(
  what: string,
  parameters: readonly string[],
  body: string,
): F {
  const name = `millrace-generated/${what}-${++generatedCount}.js`;
  const source = `"use strict";\n${body}\n//# sourceURL=${name}`;
  if (sources.size >= SOURCES_MAX) sources.delete(sources.keys().next().value!);
  sources.set(name, source);
  return new Function(...parameters, source) as F;
}

/** The text of the functions generated last in this thread, by name: for a person who wants to read what runs. */
export function generatedSources(): ReadonlyMap<string, string> {
  return sources;
}

/** A field name as an expression. */
export function literal(name: string): string {
  return JSON.stringify(name);
}

/** A field name as a key of an object literal. `__proto__` in any other form than this would set the prototype. */
export function literalKey(name: string): string {
  return name === "__proto__" ? '["__proto__"]' : JSON.stringify(name);
}
