import { jsonErrorOffset } from "./json-syntax.ts";
import {
  endOfLine,
  lineText,
  MalformedText,
  NO_RECORD,
  oneLine,
  type RecordDecoder,
  type RecordFormat,
} from "./record-format.ts";

/** A JSON value per line; blank lines are passed over. */
export function jsonLinesFormat<T>(): RecordFormat<T> {
  return { splittable: true, createDecoder: () => decoder as RecordDecoder<T> };
}

const decoder: RecordDecoder<unknown> = { endOf: endOfLine, decode: decodeLine, linesIn: oneLine, header: undefined };

function decodeLine(bytes: Buffer, from: number, to: number): unknown {
  const text = lineText(bytes, from, to);
  try {
    return JSON.parse(text);
  } catch (error) {
    if (text.trim() === "") return NO_RECORD;
    throw new MalformedText(`not JSON (${(error as SyntaxError).message})`, jsonErrorOffset(text) ?? 0);
  }
}
