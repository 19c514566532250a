/** A part of a file: the records that start in it. Plain data, part of checkpoints. Offsets are bytes, in a `.gz` of what it unpacks to. */
export interface FileSplit {
  readonly splitId: string;
  readonly uri: string;
  readonly start: number;
  /** Records that start here or later belong to the next split. Null: there is none; this split goes to the end of the file. */
  readonly end: number | null;
  /** Where the next record starts; equal to a `start` above 0 it may be in the middle of a record of the split before. */
  readonly position: number;
  /** The column names, once a csv file's first line has been read. */
  readonly header?: readonly string[];
}

export interface FoundFile {
  readonly uri: string;
  readonly length: number;
}

/** `file` cut in ranges of `splitBytes`; one split where it cannot be cut. */
export function splitsOf(file: FoundFile, splitBytes: number): FileSplit[] {
  const count = isGzip(file.uri) ? 1 : Math.max(1, Math.ceil(file.length / splitBytes));
  return Array.from({ length: count }, (_, index) => {
    const start = index === 0 ? 0 : index * splitBytes;
    return {
      splitId: `${file.uri}#${start}`,
      uri: file.uri,
      start,
      end: index === count - 1 ? null : start + splitBytes,
      position: start,
    };
  });
}

export function isGzip(uri: string): boolean {
  return uri.endsWith(".gz");
}
