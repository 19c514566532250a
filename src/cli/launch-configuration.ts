import { resolve } from "node:path";

/** What `millrace run` was told about the job, besides the program. */
export interface LaunchOptions {
  readonly parallelism?: number;
  readonly checkpointDir?: string;
  readonly from?: string;
  readonly fresh?: boolean;
  readonly allowNonRestoredState?: boolean;
  /** `-D key=value` pairs. */
  readonly define: Readonly<Record<string, string>>;
}

/** The options as configuration keys. An option of its own wins over `-D` of the same key. */
export function launchConfiguration(options: LaunchOptions, cwd: string): Record<string, string> {
  const configuration: Record<string, string> = { ...options.define };
  if (options.parallelism !== undefined) configuration["parallelism.default"] = String(options.parallelism);
  if (options.checkpointDir !== undefined) {
    configuration["execution.checkpointing.dir"] = folderUri(options.checkpointDir, cwd);
  }
  if (options.from !== undefined) configuration["execution.state-recovery.path"] = options.from;
  if (options.allowNonRestoredState === true) {
    configuration["execution.state-recovery.ignore-unclaimed-state"] = "true";
  }
  if (options.fresh === true) configuration["millrace.restore.fresh"] = "true";
  return configuration;
}

/** Characters stand for themselves: Millrace's URIs are not percent-encoded. */
function folderUri(folder: string, cwd: string): string {
  return /^[a-zA-Z][a-zA-Z0-9+.-]+:/.test(folder) ? folder : `file://${resolve(cwd, folder)}`;
}

/** Adds one `-D key=value` to those before it. @returns undefined where that is not what was typed. */
export function addDefinition(
  typed: string,
  before: Readonly<Record<string, string>>,
): Record<string, string> | undefined {
  const split = typed.indexOf("=");
  if (split <= 0) return undefined;
  return { ...before, [typed.slice(0, split).trim()]: typed.slice(split + 1).trim() };
}
