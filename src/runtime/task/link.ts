import type { Counter } from "../../core/metric-group.ts";

/** Pushes one record on: to the next operator, into a channel, to several. */
export type Push = (value: any, timestampMs: number) => void;

/** What a generated link may call. */
export interface LinkParts {
  readonly [name: string]: unknown;
}

let generatedCount = 0;

/** Source text of every link made in this thread since it started, newest last; bounded. For people who debug a job. */
const generatedSources: string[] = [];
const GENERATED_SOURCES_MAX = 200;

/**
 * The one place where the record path is generated. Each instance is compiled from source text of its own: functions with the same
 * text share V8's type feedback, and a chain made of shared ones runs at a third of the speed of one made of unique ones
 * (`docs/decisions/0004-generated-links.md`).
 */
export function generate(role: string, parts: LinkParts, body: string): Push {
  const id = ++generatedCount;
  const source = `"use strict"; return function ${role}_${id}(value, timestamp) { ${body} }\n//# sourceURL=millrace-link-${id}-${role}`;
  if (generatedSources.length === GENERATED_SOURCES_MAX) generatedSources.shift();
  generatedSources.push(source);
  return new Function(...Object.keys(parts), source)(...Object.values(parts)) as Push;
}

export function printGeneratedLinks(): readonly string[] {
  return generatedSources;
}

type Attribute = (error: unknown, value: unknown) => unknown;

export function discard(): Push {
  return () => {};
}

/** To several places, in the order of declaration. */
export function fanOut(targets: readonly Push[]): Push {
  if (targets.length === 0) return discard();
  if (targets.length === 1) return targets[0]!;
  const parts = Object.fromEntries(targets.map((target, index) => [`target${index}`, target]));
  return generate("fanOut", parts, targets.map((_, index) => `target${index}(value, timestamp);`).join(" "));
}

/** Into any operator: counts the record and says whose fault an exception is. */
export function intoOperator(
  operator: object,
  method: "processRecord" | "processRecord1" | "processRecord2",
  counter: Counter,
  attribute: Attribute,
): Push {
  return generate(
    "operator",
    { operator, counter, attribute },
    `counter.count++; try { operator.${method}(value, timestamp); } catch (error) { throw attribute(error, value); }`,
  );
}

/** Into a keyed operator: the record's key becomes the current one first. */
export function intoKeyedOperator(
  operator: object,
  method: "processRecord" | "processRecord1" | "processRecord2",
  keySelector: (value: any) => unknown,
  keyedState: { setCurrentKey(key: unknown): void },
  counter: Counter,
  attribute: Attribute,
): Push {
  return generate(
    "keyed",
    { operator, keySelector, keyedState, counter, attribute },
    `counter.count++; try { keyedState.setCurrentKey(keySelector(value)); operator.${method}(value, timestamp); } catch (error) { throw attribute(error, value); }`,
  );
}

export function mapLink(map: (value: any) => unknown, next: Push, input: Counter, attribute: Attribute): Push {
  return generate(
    "map",
    { map, next, input, attribute },
    "input.count++; let result; try { result = map(value); } catch (error) { throw attribute(error, value); } next(result, timestamp);",
  );
}

export function filterLink(keep: (value: any) => boolean, next: Push, input: Counter, attribute: Attribute): Push {
  return generate(
    "filter",
    { keep, next, input, attribute },
    "input.count++; let kept; try { kept = keep(value); } catch (error) { throw attribute(error, value); } if (kept) next(value, timestamp);",
  );
}

/** Counts what leaves an operator. */
export function countedOutput(counter: Counter, next: Push): Push {
  return generate("output", { counter, next }, "counter.count++; next(value, timestamp);");
}

/** Freezes what is handed over by reference, so that whoever changes it afterwards is told where. */
export function freezing(next: Push): Push {
  return generate("freezing", { freeze, next }, "freeze(value); next(value, timestamp);");
}

function freeze(value: unknown): void {
  if (typeof value !== "object" || value === null || Object.isFrozen(value) || ArrayBuffer.isView(value)) return;
  Object.freeze(value);
  for (const part of Object.values(value)) freeze(part);
}
