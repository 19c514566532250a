import { endOfLine, lineText, oneLine, type RecordDecoder, type RecordFormat } from "./record-format.ts";

/** Every line is a record, blank ones too. */
export const textFormat: RecordFormat<string> = {
  splittable: true,
  createDecoder: () => decoder,
};

const decoder: RecordDecoder<string> = { endOf: endOfLine, decode: lineText, linesIn: oneLine, header: undefined };
