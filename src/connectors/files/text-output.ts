import type { OutputFormat, RecordEncoder } from "./record-encoder.ts";

/** Each text as it is, and a line feed; a text that holds line feeds becomes several lines. */
export const textOutput: OutputFormat<string> = { extension: ".txt", createEncoder: () => encoder };

const encoder: RecordEncoder<string> = { encode: (value) => `${value}\n`, header: undefined };
