import { readFileSync } from "node:fs";

/** The package's version. */
export const MILLRACE_VERSION: string = JSON.parse(
  readFileSync(new URL("../../package.json", import.meta.url), "utf8"),
).version;

/** The version of Flink whose REST API this is; its clients look at it. */
export const FLINK_VERSION = "2.3.0";
