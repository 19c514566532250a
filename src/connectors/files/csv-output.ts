import { CodecError } from "../../core/errors.ts";
import { jsonText } from "../json-text.ts";
import type { OutputFormat, RecordEncoder } from "./record-encoder.ts";

export interface CsvOutputOptions {
  /** The columns and their order; fields without a column are left out. By default the fields of a file's first record. */
  readonly columns?: readonly string[];
  /** Whether each file begins with a line of column names; true by default. */
  readonly header?: boolean;
}

/**
 * A line of values per record, quoted as in RFC 4180 where they need it. Null and undefined are empty, dates are written in ISO
 * 8601, arrays and objects as JSON.
 */
export function csvOutput<T>(options: CsvOutputOptions): OutputFormat<T> {
  const { columns, header = true } = options;
  return { extension: ".csv", createEncoder: (known) => new CsvEncoder(columns, header, known) };
}

class CsvEncoder implements RecordEncoder<unknown> {
  readonly #chosen: boolean;
  readonly #writesHeader: boolean;
  #columns: readonly string[] | undefined;
  #isNewFile: boolean;

  constructor(chosen: readonly string[] | undefined, writesHeader: boolean, known: readonly string[] | undefined) {
    this.#chosen = chosen !== undefined;
    this.#writesHeader = writesHeader;
    this.#columns = known ?? chosen;
    this.#isNewFile = known === undefined;
  }

  get header(): readonly string[] | undefined {
    return this.#columns;
  }

  encode(value: unknown): string {
    if (typeof value !== "object" || value === null) throw notAnObject(value);
    const record = value as Readonly<Record<string, unknown>>;
    this.#columns ??= Object.keys(record);
    const columns = this.#columns;
    if (!this.#chosen) checkFields(record, columns);
    let line = "";
    for (let i = 0; i < columns.length; i++) {
      if (i > 0) line += ",";
      line += quoted(textOf(record[columns[i]!]));
    }
    // A single empty value would be a blank line, which readers pass over.
    if (line === "") line = '""';
    line += "\n";
    if (!this.#isNewFile) return line;
    this.#isNewFile = false;
    return this.#writesHeader ? `${columns.map(quoted).join(",")}\n${line}` : line;
  }
}

function checkFields(record: Readonly<Record<string, unknown>>, columns: readonly string[]): void {
  for (const name in record) {
    if (columns.includes(name)) continue;
    throw new CodecError("VALUE_NOT_ENCODABLE", {
      message: `the record has a field "${name}", but the csv file's columns are ${columns.join(", ")}.`,
      advice: "Give all columns in the sink's columns option.",
      facts: { path: name },
    });
  }
}

function textOf(value: unknown): string {
  switch (typeof value) {
    case "string":
      return value;
    case "undefined":
      return "";
    case "object":
      if (value === null) return "";
      return value instanceof Date ? value.toISOString() : jsonText(value);
    default:
      return String(value);
  }
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function notAnObject(value: unknown): CodecError {
  return new CodecError("VALUE_NOT_ENCODABLE", {
    message: `a csv sink was given ${value === null ? "null" : `a ${typeof value}`}; it writes objects.`,
    advice: "Map the records to objects with a field per column before the sink, or use FileSink.text.",
  });
}
