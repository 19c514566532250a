/** How records become the text of a file. */
export interface OutputFormat<T> {
  /** With the dot: `.jsonl`. */
  readonly extension: string;
  /** `header`: the column names of a file that is gone on with; undefined for a new file. */
  createEncoder(header: readonly string[] | undefined): RecordEncoder<T>;
}

/** Encodes the records of one file. */
export interface RecordEncoder<T> {
  /** The record's text, its line end included; before the first record of a new file also what the file begins with. */
  encode(value: T): string;
  /** Column names, to go on with the file after a restore. */
  readonly header: readonly string[] | undefined;
}
