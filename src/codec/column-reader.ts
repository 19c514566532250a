import type { ByteReader } from "./byte-reader.ts";
import { corrupt } from "./byte-reader.ts";
import { isText } from "./column-appender.ts";
import { COLUMN_BYTES, COLUMN_KINDS, type ColumnKind, type ColumnPlan } from "./column-plan.ts";
import { generate, literalKey } from "./generated.ts";
import { SCHEMA_FIELDS_MAX } from "./schema.ts";
import type { ValueReader } from "./value-reader.ts";

/** What a generated function reads a table from. */
export interface ColumnSource {
  readonly count: number;
  readonly view: DataView;
  /** Where each column starts in `view`. */
  readonly starts: readonly number[];
  /** All texts of each column; empty for one that has none. */
  readonly texts: readonly string[];
  readonly values: ValueReader | undefined;
  readonly times: Float64Array;
}

/** Passes each record to `each`. @returns whether the texts were exactly as long as their lengths say. */
export type ColumnReader = (source: ColumnSource, each: (record: any, timestampMs: number) => void) => boolean;

/** The code for tables of one description. */
export interface TableReader {
  readonly kinds: readonly ColumnKind[];
  readonly textColumns: readonly number[];
  readonly read: ColumnReader;
}

/** Readers kept for the next frame of the same description. */
const CACHED_MAX = 512;

const cached = new Map<string, TableReader>();

/** @param description - Its bytes as Latin-1, for the look-up. @param input - The same bytes, for the first time. */
export function tableReader(description: string, input: ByteReader): TableReader {
  const known = cached.get(description);
  if (known !== undefined) return known;
  const plan = readDescription(input);
  const reader: TableReader = {
    kinds: plan.kinds,
    textColumns: plan.kinds.flatMap((kind, index) => (isText(kind) ? [index] : [])),
    read: generate<(own: (text: string) => string) => ColumnReader>("read-columns", ["own"], sourceOf(plan))(ownText),
  };
  if (cached.size >= CACHED_MAX) cached.delete(cached.keys().next().value!);
  cached.set(description, reader);
  return reader;
}

/**
 * A copy of a text that shares nothing with its frame. V8 makes a substring of 13 and more characters a view on the whole string: a
 * thousand records kept in state from a thousand frames would keep a thousand frames. About 55 ns for each such text.
 */
function ownText(text: string): string {
  // Joining writes a new string, where concatenating would refer to the old one.
  return text.length < SHARED_LENGTH_MIN ? text : [text[0], text.substring(1)].join("");
}

const SHARED_LENGTH_MIN = 13;

function readDescription(input: ByteReader): ColumnPlan {
  const hasNames = input.boolean();
  const count = input.count(1);
  if (count === 0 || count > (hasNames ? SCHEMA_FIELDS_MAX : 1))
    throw corrupt(`a table of ${count} columns`, input.position);
  const kinds: ColumnKind[] = [];
  const names: string[] = [];
  for (let i = 0; i < count; i++) {
    const kind = COLUMN_KINDS[input.byte()];
    if (kind === undefined) throw corrupt("a column of unknown kind", input.position);
    kinds.push(kind);
    if (hasNames) names.push(input.string());
  }
  return { names: hasNames ? names : undefined, kinds };
}

function sourceOf({ names, kinds }: ColumnPlan): string {
  const texts = kinds.flatMap((kind, index) => (isText(kind) ? [index] : []));
  const starts = kinds.map((kind, index) =>
    COLUMN_BYTES[kind] === 0 ? "" : `  const start${index} = starts[${index}];\n`,
  );
  const record =
    names === undefined
      ? fieldSource(kinds[0]!, 0)
      : `{\n${names.map((name, index) => `      ${literalKey(name)}: ${fieldSource(kinds[index]!, index)},`).join("\n")}\n    }`;
  return `
return function read({ count, view, starts, texts, values, times }, each) {
${starts.join("")}${texts.map((index) => `  const text${index} = texts[${index}];\n  let end${index} = 0;\n`).join("")}
  for (let i = 0; i < count; i++) {
    each(${record}, times[i]);
  }
  return ${texts.map((index) => `end${index} === text${index}.length`).join(" && ") || "true"};
};`;
}

function fieldSource(kind: ColumnKind, index: number): string {
  const at = `start${index} + i`;
  const text = (length: string): string => `own(text${index}.substring(end${index}, end${index} += ${length}))`;
  switch (kind) {
    case "int32":
      return `view.getInt32(${at} * 4, true)`;
    case "float64":
      return `view.getFloat64(${at} * 8, true)`;
    case "boolean":
      return `view.getUint8(${at}) !== 0`;
    case "text8":
      return text(`view.getUint8(${at})`);
    case "text16":
      return text(`view.getUint16(${at} * 2, true)`);
    case "text32":
      return text(`view.getUint32(${at} * 4, true)`);
    case "value":
      return "values.read()";
  }
}
