import { systemRandom } from "../../core/system-clock.ts";
import { resolveUri, uriOf } from "../../filesystem/resolve.ts";
import type { Committer, Sink, SinkWriter, SinkWriterContext } from "../sink.ts";
import { type CsvOutputOptions, csvOutput } from "./csv-output.ts";
import { FileCommitter } from "./file-committer.ts";
import { type FileCommittable, FileSinkWriter, type OpenFileState } from "./file-sink-writer.ts";
import { jsonLinesOutput } from "./json-lines-output.ts";
import type { OutputFormat } from "./record-encoder.ts";
import { type RollingPolicy, rollingLimits } from "./rolling-policy.ts";
import { textOutput } from "./text-output.ts";

export interface FileSinkOptions {
  readonly rolling?: RollingPolicy;
  /** Gives each writer of each attempt a name that no other has; random by default. */
  readonly uniqueName?: () => string;
}

export interface CsvSinkOptions extends FileSinkOptions, CsvOutputOptions {}

/**
 * Writes records to files in a folder, each record exactly once: a file appears under its name
 * `part-<writer>-<subtask>-<number>.<extension>` when a checkpoint that holds all of it is complete, and at the end of the input.
 * Until then it has a name that starts with `.` and ends in `.inprogress`. Without checkpoints everything appears at the end.
 *
 * A process that is killed leaves `.inprogress` files behind that no later attempt needs. They are never removed here, since an
 * older checkpoint or savepoint may still name them; delete them once the job has ended, or has completed later checkpoints and
 * older ones are not needed any more.
 *
 * @throws {CodecError} `VALUE_NOT_ENCODABLE` at a record that the format cannot hold, naming the field.
 *
 * @example
 * delays.sinkTo(FileSink.jsonLines("delays/", { rolling: { maxAge: "10m" } }));
 */
export class FileSink<T> implements Sink<T, FileCommittable, OpenFileState> {
  readonly guarantee = "exactly-once";
  readonly #folder: string;
  readonly #format: OutputFormat<T>;
  readonly #options: FileSinkOptions;

  private constructor(folder: string, format: OutputFormat<T>, options: FileSinkOptions) {
    this.#folder = folder;
    this.#format = format;
    this.#options = options;
  }

  /** A JSON value per line. */
  static jsonLines<T = unknown>(folder: string, options: FileSinkOptions = {}): FileSink<T> {
    return new FileSink<T>(folder, jsonLinesOutput<T>(), options);
  }

  /** A line of values per record, with a line of column names at the start of each file. */
  static csv<T = Record<string, unknown>>(folder: string, options: CsvSinkOptions = {}): FileSink<T> {
    return new FileSink<T>(folder, csvOutput<T>(options), options);
  }

  /** Each record is a line. */
  static text(folder: string, options: FileSinkOptions = {}): FileSink<string> {
    return new FileSink<string>(folder, textOutput, options);
  }

  createWriter(
    context: SinkWriterContext,
    restored: readonly OpenFileState[],
  ): SinkWriter<T, FileCommittable, OpenFileState> {
    const { fileSystem, path } = resolveUri(this.#folder);
    const place = { fileSystem, path, uri: uriOf(fileSystem, path) };
    const name = (this.#options.uniqueName ?? randomName)();
    const limits = rollingLimits(this.#options.rolling ?? {});
    return new FileSinkWriter(context, place, this.#format, limits, name, restored);
  }

  createCommitter(context: SinkWriterContext): Committer<FileCommittable> {
    return new FileCommitter(context);
  }
}

/** 48 bits as hex digits: a collision among a million attempts has a chance below one in five hundred. */
function randomName(): string {
  return Math.floor(systemRandom() * 2 ** 48)
    .toString(16)
    .padStart(12, "0");
}
