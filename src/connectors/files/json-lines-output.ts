import { jsonText } from "../json-text.ts";
import type { OutputFormat, RecordEncoder } from "./record-encoder.ts";

/** A JSON value per line. */
export function jsonLinesOutput<T>(): OutputFormat<T> {
  return { extension: ".jsonl", createEncoder: () => encoder };
}

const encoder: RecordEncoder<unknown> = { encode: (value) => `${jsonText(value)}\n`, header: undefined };
