import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PACKAGE_ROOT } from "../core/package-root.ts";

/** The package's version. */
export const MILLRACE_VERSION: string = JSON.parse(readFileSync(join(PACKAGE_ROOT, "package.json"), "utf8")).version;

/** The version of Flink whose REST API this is; its clients look at it. */
export const FLINK_VERSION = "2.3.0";
