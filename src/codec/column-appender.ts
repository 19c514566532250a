import type { ColumnKind, ColumnPlan } from "./column-plan.ts";
import { COLUMN_BYTES } from "./column-plan.ts";
import type { ColumnTable } from "./column-table.ts";
import { generate, literal } from "./generated.ts";

/**
 * Appends a record to the columns of `table`.
 *
 * @returns about how many bytes it takes there; 0 if the record does not fit the plan, and nothing has been appended.
 */
export type ColumnAppender = (record: unknown, table: ColumnTable) => number;

/** Appenders kept for the next frame writer that meets the same records. */
const CACHED_MAX = 512;

const cached = new Map<string, ColumnAppender>();

export function columnAppender(plan: ColumnPlan): ColumnAppender {
  const key = JSON.stringify([plan.names ?? null, plan.kinds]);
  const known = cached.get(key);
  if (known !== undefined) return known;
  const append = generate<() => ColumnAppender>("append-columns", [], sourceOf(plan))();
  if (cached.size >= CACHED_MAX) cached.delete(cached.keys().next().value!);
  cached.set(key, append);
  return append;
}

function sourceOf(plan: ColumnPlan): string {
  const { names, kinds } = plan;
  const texts = kinds.flatMap((kind, index) => (isText(kind) ? [index] : []));
  const rowBytes = kinds.reduce((sum, kind) => sum + COLUMN_BYTES[kind], 0);
  const textBytes = texts.map((index) => ` + value${index}.length`).join("");
  const hasValues = kinds.includes("value");
  return `
const names = ${JSON.stringify(names ?? [])};
return function append(record, table) {
${names === undefined ? "  const value0 = record;" : recordSource(names)}
${kinds.map(guardSource).join("")}
  const row = table.count;
  if (row === table.capacity) table.grow();
  const { columns, texts${hasValues ? ", values, types" : ""} } = table;
${hasValues ? "  const valuesStart = values.length;" : ""}
${kinds.map((kind, index) => (kind === "value" ? `  values.write(value${index}, types[${index}]);\n` : "")).join("")}
${kinds.map((kind, index) => (kind === "value" ? "" : `  columns[${index}][row] = ${storedSource(kind, index)};\n`)).join("")}
${texts.map((index) => `  texts[${index}] += value${index};\n`).join("")}
  table.count = row + 1;
  return ${rowBytes}${textBytes}${hasValues ? " + (values.length - valuesStart)" : ""};
}`;
}

/** The same names in the same order, or it is another shape. */
function recordSource(names: readonly string[]): string {
  return `
  if (typeof record !== "object" || record === null) return 0;
${names.map((name, index) => `  const value${index} = record[${literal(name)}];`).join("\n")}
  if (Object.getPrototypeOf(record) !== Object.prototype) return 0;
  let count = 0;
  for (const name in record) if (name !== names[count++]) return 0;
  if (count !== ${names.length}) return 0;`;
}

function guardSource(kind: ColumnKind, index: number): string {
  const value = `value${index}`;
  switch (kind) {
    case "int32":
      return `  if (typeof ${value} !== "number" || (${value} | 0) !== ${value} || Object.is(${value}, -0)) return 0;\n`;
    case "float64":
      return `  if (typeof ${value} !== "number") return 0;\n`;
    case "boolean":
      return `  if (typeof ${value} !== "boolean") return 0;\n`;
    case "text8":
      return `  if (typeof ${value} !== "string" || ${value}.length > 0xff) return 0;\n`;
    case "text16":
      return `  if (typeof ${value} !== "string" || ${value}.length > 0xffff) return 0;\n`;
    case "text32":
      return `  if (typeof ${value} !== "string") return 0;\n`;
    case "value":
      return "";
  }
}

function storedSource(kind: ColumnKind, index: number): string {
  if (isText(kind)) return `value${index}.length`;
  return kind === "boolean" ? `value${index} ? 1 : 0` : `value${index}`;
}

export function isText(kind: ColumnKind): boolean {
  return kind === "text8" || kind === "text16" || kind === "text32";
}
