import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { inspect } from "node:util";
import { InvariantError } from "../core/invariant.ts";
import { ENGINE_FOLDERS } from "../core/package-root.ts";

/**
 * What a person reads about an error: for one of ours its message and advice, for any other one what it says and where in the program it
 * was thrown; then the causes that this does not mention yet. `verbose`: everything, with stacks.
 */
export function failureReport(error: unknown, options: { readonly verbose: boolean; readonly cwd: string }): string {
  if (options.verbose) return inspect(error, { depth: 5 });
  if (!(error instanceof Error)) return `the program threw ${inspect(error, { depth: 1 })}`;
  if (error instanceof InvariantError) return `This is a mistake in Millrace; please report it.\n${inspect(error)}`;
  let report = headline(error, options.cwd);
  for (const cause of causesOf(error)) {
    const line = headline(cause, options.cwd);
    if (!report.includes(messageOf(cause))) report += `\n  caused by ${line.replaceAll("\n", "\n  ")}`;
  }
  return report;
}

function headline(error: Error, cwd: string): string {
  if (isMillraceError(error)) return error.message;
  const place = userPlace(error, cwd);
  return `${preamble(error)}${error.name}: ${error.message}${place === undefined ? "" : `\n    at ${place}`}`;
}

/** By its looks: a program may bring its own copy of Millrace. */
function isMillraceError(error: Error): boolean {
  return "code" in error && "advice" in error && typeof error.code === "string" && error.message.startsWith(error.code);
}

function messageOf(error: Error): string {
  const firstLine = error.message.split("\n", 1)[0]!;
  return isMillraceError(error) ? firstLine.slice(firstLine.indexOf(":") + 2) : firstLine;
}

/** What Node puts before the message of a syntax error: file, line, and the line itself. */
function preamble(error: Error): string {
  const start = error.stack?.indexOf(`${error.name}: `) ?? 0;
  return error instanceof SyntaxError && start > 0 ? error.stack!.slice(0, start) : "";
}

/** The first place of the stack that is neither Node's nor in a package; relative to `cwd` where it is below. */
function userPlace(error: Error, cwd: string): string | undefined {
  for (const line of error.stack?.split("\n") ?? []) {
    const found = /^\s+at (?:.*\()?((?:file:\/\/)?\/[^()]+):(\d+):(\d+)\)?$/.exec(line);
    if (found === null || found[1]!.includes("/node_modules/") || isOurs(found[1]!)) continue;
    const file = found[1]!.startsWith("file:") ? fileURLToPath(found[1]!) : found[1]!;
    const near = relative(cwd, file);
    return `${near.startsWith("..") ? file : near}:${found[2]}:${found[3]}`;
  }
  return undefined;
}

function isOurs(file: string): boolean {
  const path = file.startsWith("file:") ? fileURLToPath(file) : file;
  return ENGINE_FOLDERS.some((folder) => path.startsWith(folder));
}

function* causesOf(error: Error): Iterable<Error> {
  const seen = new Set<unknown>([error]);
  for (let cause = error.cause; cause instanceof Error && !seen.has(cause); cause = cause.cause) {
    seen.add(cause);
    yield cause;
  }
}
