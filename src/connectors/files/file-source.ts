import { ConfigError } from "../../core/errors.ts";
import { type Duration, durationMs } from "../../core/time.ts";
import type { Source, SourceReader, SourceReaderContext, SplitEnumerator, SplitEnumeratorContext } from "../source.ts";
import { type CsvFormatOptions, csvFormat } from "./csv-format.ts";
import { FileEnumerator, type FileEnumeratorState } from "./file-enumerator.ts";
import { FileReader, type OnMalformed } from "./file-reader.ts";
import type { FileSplit } from "./file-split.ts";
import { jsonLinesFormat } from "./json-lines-format.ts";
import type { RecordFormat } from "./record-format.ts";
import { textFormat } from "./text-format.ts";

/** 64 MiB: a split takes a fraction of a second to read, and asking for the next one costs nothing beside that. */
const SPLIT_BYTES_DEFAULT = 64 * 1024 * 1024;

export interface FileSourceOptions {
  /** Large uncompressed files of lines are read in ranges of this many bytes, by several subtasks at once. 64 MiB. */
  readonly splitBytes?: number;
  /** Looks for new files this often, and never ends. Left out: what is there at the start is read, then the source ends. */
  readonly monitor?: Duration;
  /**
   * With `monitor`: a file that grows is read on from where it ended, by one subtask; its last line counts once its line feed is
   * there. Left out: a file is read once, as it is when it is found, so it has to get its name when it is whole.
   */
  readonly follow?: boolean;
  /** What to do with a malformed line; `"fail"` by default. `"skip-and-count"` drops it, `"side-output"` hands it on. */
  readonly onError?: OnMalformed;
}

export interface CsvSourceOptions extends FileSourceOptions, CsvFormatOptions {}

/**
 * Reads the records of files: of one file, of all files in a folder (at any depth), or of several such paths. Paths are local, or
 * URIs of any known file system. Names that start with `.` or `_`, or end in `.inprogress`, are passed over in folders; a name
 * that ends in `.gz` is unpacked while reading.
 *
 * The position in each file is part of every checkpoint: a restart goes on with the very next record.
 *
 * @throws {MillraceError} when the job runs: `FILE_NOT_FOUND` for a path that does not exist, `MALFORMED_RECORD` with file, line
 * and column for a line that is no record.
 *
 * @example
 * env.fromSource(FileSource.jsonLines<Flight>("flights/"), WatermarkStrategy.noWatermarks(), "flights");
 */
export class FileSource<T> implements Source<T, FileSplit, FileEnumeratorState> {
  readonly boundedness: "bounded" | "continuous";
  readonly replayable = true;
  readonly #paths: readonly string[];
  readonly #format: RecordFormat<T>;
  readonly #splitBytes: number;
  readonly #monitorEveryMs: number | undefined;
  readonly #follow: boolean;
  readonly #onError: OnMalformed;

  private constructor(path: string | readonly string[], format: RecordFormat<T>, options: FileSourceOptions) {
    const { splitBytes = SPLIT_BYTES_DEFAULT, monitor, follow = false, onError = "fail" } = options;
    if (!Number.isSafeInteger(splitBytes) || splitBytes < 1) {
      throw new ConfigError("CONFIG_INVALID", {
        message: `a file source cannot read splits of ${splitBytes} bytes.`,
        advice: "Give splitBytes as a whole number of bytes, or leave it out for 64 MiB.",
      });
    }
    if (follow && monitor === undefined) {
      throw new ConfigError("CONFIG_INVALID", {
        message: "a file source is to follow growing files, but not how often it looks at them.",
        advice: `Give monitor beside follow, such as { monitor: "1s", follow: true }.`,
      });
    }
    this.#paths = typeof path === "string" ? [path] : path;
    this.#format = format;
    this.#splitBytes = format.splittable && !follow ? splitBytes : Number.POSITIVE_INFINITY;
    this.#monitorEveryMs = monitor === undefined ? undefined : durationMs(monitor);
    this.#follow = follow;
    this.#onError = onError;
    this.boundedness = monitor === undefined ? "bounded" : "continuous";
  }

  /** One JSON value per line. Blank lines are passed over. */
  static jsonLines<T = unknown>(path: string | readonly string[], options: FileSourceOptions = {}): FileSource<T> {
    return new FileSource<T>(path, jsonLinesFormat<T>(), options);
  }

  /**
   * Comma-separated values with quotes as in RFC 4180; records are objects with the names of the first line, or of `columns`. A file
   * is read by one subtask, since a quoted value may hold line feeds.
   */
  static csv<T = Record<string, string>>(
    path: string | readonly string[],
    options: CsvSourceOptions = {},
  ): FileSource<T> {
    return new FileSource<T>(path, csvFormat<T>(options), options);
  }

  /** Every line is a record, without its line feed. */
  static text(path: string | readonly string[], options: FileSourceOptions = {}): FileSource<string> {
    return new FileSource<string>(path, textFormat, options);
  }

  createEnumerator(
    context: SplitEnumeratorContext<FileSplit>,
    restored: FileEnumeratorState | undefined,
  ): SplitEnumerator<FileSplit, FileEnumeratorState> {
    const options = { paths: this.#paths, monitorEveryMs: this.#monitorEveryMs, splitBytes: this.#splitBytes };
    return new FileEnumerator(context, options, restored);
  }

  createReader(context: SourceReaderContext): SourceReader<T, FileSplit> {
    const followEveryMs = this.#follow ? this.#monitorEveryMs : undefined;
    return new FileReader(context, this.#format, { onError: this.#onError, followEveryMs });
  }
}
