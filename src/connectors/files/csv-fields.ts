import { MalformedText } from "./record-format.ts";

/**
 * The values of one csv record without its line end: `a,"b ""c"",d"` is `a` and `b "c",d`. A quote counts only at the start of a
 * value.
 *
 * @throws {MalformedText} for a quote that is not closed, or text behind a closing one.
 */
export function csvFields(text: string, delimiter: string): string[] {
  if (!text.includes('"')) return text.split(delimiter);
  const fields: string[] = [];
  for (let at = 0; at <= text.length; ) {
    const end = endOfField(text, delimiter, at);
    const field = text.slice(at, end);
    fields.push(field.startsWith('"') ? field.slice(1, -1).replaceAll('""', '"') : field);
    at = end + 1;
  }
  return fields;
}

/** Where value number `index` starts in a record that `csvFields` accepts. */
export function startOfField(text: string, delimiter: string, index: number): number {
  let at = 0;
  for (let i = 0; i < index; i++) at = endOfField(text, delimiter, at) + 1;
  return at;
}

function endOfField(text: string, delimiter: string, from: number): number {
  if (text[from] !== '"') {
    const end = text.indexOf(delimiter, from);
    return end === -1 ? text.length : end;
  }
  let at = text.indexOf('"', from + 1);
  while (at !== -1 && text[at + 1] === '"') at = text.indexOf('"', at + 2);
  if (at === -1) throw new MalformedText("a quoted value is not closed", from);
  if (at + 1 < text.length && text[at + 1] !== delimiter) {
    throw new MalformedText("text follows the quote that closes a value", at + 1);
  }
  return at + 1;
}
