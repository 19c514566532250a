import { createRequire } from "node:module";
import type { DestinationStream, Logger, pino } from "pino";

/** What a line is about, for those who search their logs by field. */
export interface LogFields {
  readonly job?: string;
  readonly jobId?: string;
  readonly operator?: string;
  readonly task?: string;
  readonly subtask?: number;
  readonly attempt?: number;
  readonly checkpoint?: number;
  readonly errorCode?: string;
}

/** Lines about what a job does. Replaceable, because tests and embedding programs want them elsewhere. */
export interface JobLog {
  info(line: string, fields?: LogFields): void;
  warn(line: string, fields?: LogFields): void;
}

/** For people, to standard error, so that a program's own output stays clean. */
export const consoleLog: JobLog = {
  info: (line) => process.stderr.write(`[millrace] ${line}\n`),
  warn: (line) => process.stderr.write(`[millrace] WARN ${line}\n`),
};

export const silentLog: JobLog = { info() {}, warn() {} };

/** The same log, with fields that all its lines have. */
export function withFields(log: JobLog, common: LogFields): JobLog {
  return {
    info: (line, fields) => log.info(line, { ...common, ...fields }),
    warn: (line, fields) => log.warn(line, { ...common, ...fields }),
  };
}

let ofProcess: JobLog | undefined;

/** One JSON object per line on standard error, as pino writes them: `{"level":"warn","time":...,"job":"clicks","checkpoint":42,"msg":...}`. */
export function jsonLog(): JobLog {
  ofProcess ??= jsonLogTo(undefined);
  return ofProcess;
}

/** `destination`: where the lines go; default standard error. Written at once: the last line before a crash is the one that matters. */
export function jsonLogTo(destination: DestinationStream | undefined): JobLog {
  // Loaded only by those who want it.
  const load = createRequire(import.meta.url)("pino") as typeof pino;
  const options = { base: { name: "millrace" }, formatters: { level: (level: string) => ({ level }) } };
  const logger: Logger = load(options, destination ?? load.destination({ dest: 2, sync: true }));
  return {
    info: (line, fields) => logger.info(fields ?? {}, line),
    warn: (line, fields) => logger.warn(fields ?? {}, line),
  };
}
