/** Lines for people about what a job does. Replaceable, because tests and embedding programs want them elsewhere. */
export interface JobLog {
  info(line: string): void;
  warn(line: string): void;
}

/** To standard error, so that a program's own output stays clean. */
export const consoleLog: JobLog = {
  info: (line) => process.stderr.write(`[millrace] ${line}\n`),
  warn: (line) => process.stderr.write(`[millrace] WARN ${line}\n`),
};

export const silentLog: JobLog = { info() {}, warn() {} };
