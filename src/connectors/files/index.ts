export type { CsvFormatOptions, CsvType } from "./csv-format.ts";
export type { CsvOutputOptions } from "./csv-output.ts";
export type { OnMalformed } from "./file-reader.ts";
export { type CsvSinkOptions, FileSink, type FileSinkOptions } from "./file-sink.ts";
export { type CsvSourceOptions, FileSource, type FileSourceOptions } from "./file-source.ts";
export type { RollingPolicy } from "./rolling-policy.ts";
