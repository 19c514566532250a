/** What a decoder returns for bytes that hold no record: a blank line, a header. */
export const NO_RECORD: unique symbol = Symbol("no record");

/** How records lie in a file. */
export interface RecordFormat<T> {
  /** Whether a line feed always ends a record, so that a file can be read from its middle. */
  readonly splittable: boolean;
  createDecoder(header: readonly string[] | undefined): RecordDecoder<T>;
}

/** Cuts one split's bytes into records. Synchronous, called for every record. */
export interface RecordDecoder<T> {
  /** Where the record that starts at `from` ends, its line feed included; -1 when `bytes` does not hold all of it. */
  endOf(bytes: Buffer, from: number): number;
  /** @throws {MalformedText} when the bytes are not what they should be. */
  decode(bytes: Buffer, from: number, to: number): T | typeof NO_RECORD;
  /** Line feeds in a record that `endOf` found. */
  linesIn(bytes: Buffer, from: number, to: number): number;
  /** Column names found in the file, to go on with after a restore. */
  readonly header: readonly string[] | undefined;
}

/** Why a record could not be decoded, and at which character of it. */
export class MalformedText extends Error {
  override readonly name = "MalformedText";
  readonly offset: number;

  constructor(reason: string, offset: number) {
    super(reason);
    this.offset = offset;
  }
}

/** The end of the line that starts at `from`, its line feed included; -1 when it is not in `bytes`. */
export function endOfLine(bytes: Buffer, from: number): number {
  return bytes.indexOf(0x0a, from) + 1 || -1;
}

/** A line's text without its line feed or carriage return and line feed. */
export function lineText(bytes: Buffer, from: number, to: number): string {
  let end = to;
  if (end > from && bytes[end - 1] === 0x0a) end--;
  if (end > from && bytes[end - 1] === 0x0d) end--;
  return bytes.toString("utf8", from, end);
}

/** A line holds one line feed; so does, for counting, a last line without. */
export function oneLine(): number {
  return 1;
}
