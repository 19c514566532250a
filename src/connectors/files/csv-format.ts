import { ConfigError } from "../../core/errors.ts";
import { lineEndsIn } from "./byte-stream.ts";
import { csvFields, startOfField } from "./csv-fields.ts";
import {
  endOfLine,
  lineText,
  MalformedText,
  NO_RECORD,
  type RecordDecoder,
  type RecordFormat,
} from "./record-format.ts";

/** What a column's text becomes. A function may throw: the line is malformed then. */
export type CsvType = "string" | "number" | "boolean" | ((text: string) => unknown);

export interface CsvFormatOptions {
  /** Whether the first line of each file holds the names of the columns; true by default. */
  readonly header?: boolean;
  /** Names of the columns, instead of those in the first line. With neither, records are arrays of strings. */
  readonly columns?: readonly string[];
  /** By column name; `"string"` where none is given. An empty number or boolean is null. */
  readonly types?: Readonly<Record<string, CsvType>>;
  /** One ASCII character; a comma by default. */
  readonly delimiter?: string;
}

/** Comma-separated values as in RFC 4180. Blank lines are passed over. */
export function csvFormat<T>(options: CsvFormatOptions): RecordFormat<T> {
  const { delimiter = "," } = options;
  if (delimiter.length !== 1 || delimiter > "~" || '"\r\n'.includes(delimiter)) {
    throw new ConfigError("CONFIG_INVALID", {
      message: `${JSON.stringify(delimiter)} cannot separate the values of a csv file.`,
      advice: 'Give one ASCII character, such as "," or ";" or "\\t".',
    });
  }
  return {
    splittable: false,
    createDecoder: (header) => new CsvDecoder(options, delimiter, header) as RecordDecoder<unknown> as RecordDecoder<T>,
  };
}

const LINE_FEED = 0x0a;
const QUOTE = 0x22;

class CsvDecoder implements RecordDecoder<Record<string, unknown> | string[]> {
  readonly #delimiter: string;
  readonly #delimiterByte: number;
  readonly #columns: readonly string[] | undefined;
  readonly #types: Readonly<Record<string, CsvType>>;
  #header: readonly string[] | undefined;
  #awaitsHeader: boolean;
  #names: readonly string[] | undefined;
  #converters: readonly ((text: string) => unknown)[] = [];
  /** The next quote in `#searched`, so that text without quotes is searched for them once, not once per line. */
  #searched: Buffer | undefined;
  #nextQuote = 0;

  constructor(options: CsvFormatOptions, delimiter: string, header: readonly string[] | undefined) {
    this.#delimiter = delimiter;
    this.#delimiterByte = delimiter.charCodeAt(0);
    this.#columns = options.columns;
    this.#types = options.types ?? {};
    this.#header = header;
    this.#awaitsHeader = (options.header ?? true) && header === undefined;
    if (!this.#awaitsHeader) this.#setNames(options.columns ?? header);
  }

  get header(): readonly string[] | undefined {
    return this.#header;
  }

  endOf(bytes: Buffer, from: number): number {
    const lineEnd = endOfLine(bytes, from);
    if (this.#searched !== bytes || this.#nextQuote < from) {
      this.#searched = bytes;
      const quote = bytes.indexOf(QUOTE, from);
      this.#nextQuote = quote === -1 ? Number.POSITIVE_INFINITY : quote;
    }
    const untilEnd = lineEnd === -1 ? bytes.length : lineEnd;
    return this.#nextQuote >= untilEnd ? lineEnd : endOfQuoted(bytes, from, this.#delimiterByte);
  }

  decode(bytes: Buffer, from: number, to: number): Record<string, unknown> | string[] | typeof NO_RECORD {
    const text = lineText(bytes, from, to);
    if (text === "") return NO_RECORD;
    const fields = csvFields(text, this.#delimiter);
    if (this.#awaitsHeader) {
      this.#awaitsHeader = false;
      this.#header = fields;
      this.#setNames(this.#columns ?? fields);
      return NO_RECORD;
    }
    return this.#names === undefined ? fields : this.#record(text, fields, this.#names);
  }

  linesIn(bytes: Buffer, from: number, to: number): number {
    return this.#nextQuote >= to ? 1 : Math.max(1, lineEndsIn(bytes, from, to));
  }

  #record(text: string, fields: readonly string[], names: readonly string[]): Record<string, unknown> {
    if (fields.length !== names.length) {
      throw new MalformedText(`it has ${fields.length} values for ${names.length} columns (${names.join(", ")})`, 0);
    }
    const record: Record<string, unknown> = {};
    for (let i = 0; i < names.length; i++) {
      try {
        record[names[i]!] = this.#converters[i]!(fields[i]!);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        throw new MalformedText(`column "${names[i]}": ${reason}`, startOfField(text, this.#delimiter, i));
      }
    }
    return record;
  }

  #setNames(names: readonly string[] | undefined): void {
    this.#names = names;
    this.#converters = (names ?? []).map((name) => converterOf(this.#types[name] ?? "string"));
    const unknown = Object.keys(this.#types).find((name) => !names?.includes(name));
    if (unknown === undefined) return;
    throw new ConfigError("CONFIG_INVALID", {
      message: `types names a column "${unknown}", but the csv file's columns are ${names?.join(", ") ?? "not named"}.`,
      advice: "Correct the name in types, or give the names of the columns in columns.",
    });
  }
}

/** The end of a record that has a quote; -1 when it is not in `bytes`. A quote counts only at the start of a value. */
function endOfQuoted(bytes: Buffer, from: number, delimiter: number): number {
  let atStart = true;
  for (let at = from; at < bytes.length; at++) {
    const byte = bytes[at]!;
    if (byte === QUOTE && atStart) {
      at = closingQuote(bytes, at + 1);
      if (at === -1) return -1;
      atStart = false;
    } else if (byte === LINE_FEED) {
      return at + 1;
    } else {
      atStart = byte === delimiter;
    }
  }
  return -1;
}

/** The quote that ends the value; -1 when it is not in `bytes`, or is the last byte and may be half of a doubled one. */
function closingQuote(bytes: Buffer, from: number): number {
  for (let at = bytes.indexOf(QUOTE, from); at !== -1 && at + 1 < bytes.length; at = bytes.indexOf(QUOTE, at + 2)) {
    if (bytes[at + 1] !== QUOTE) return at;
  }
  return -1;
}

function converterOf(type: CsvType): (text: string) => unknown {
  switch (type) {
    case "string":
      return (text) => text;
    case "number":
      return toNumber;
    case "boolean":
      return toBoolean;
    default:
      return type;
  }
}

function toNumber(text: string): number | null {
  const trimmed = text.trim();
  if (trimmed === "") return null;
  const value = Number(trimmed);
  if (Number.isNaN(value)) throw new Error(`${JSON.stringify(text)} is not a number`);
  return value;
}

function toBoolean(text: string): boolean | null {
  switch (text.trim().toLowerCase()) {
    case "":
      return null;
    case "true":
      return true;
    case "false":
      return false;
    default:
      throw new Error(`${JSON.stringify(text)} is neither true nor false`);
  }
}
