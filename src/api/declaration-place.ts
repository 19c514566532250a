import { relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { ENGINE_FOLDERS } from "../core/package-root.ts";

/**
 * Where in the user's program the call at hand was made, as `file:line:column`: the first frame of the stack outside of Millrace. Relative
 * to the working directory where the file lies in it. Only messages ask for it, so the stack becomes text, by way of source maps, when one
 * does.
 */
export function declarationPlace(): () => string {
  const framesBefore = Error.stackTraceLimit;
  Error.stackTraceLimit = FRAMES_MAX;
  const here = new Error();
  Error.stackTraceLimit = framesBefore;
  return () => placeInStack(here.stack ?? "", ENGINE_FOLDERS) ?? "unknown place";
}

/** The first frame of `stack` outside of `ownFolders`; undefined where all are inside, or none can be read. */
export function placeInStack(stack: string, ownFolders: readonly string[]): string | undefined {
  for (const line of stack.split("\n").slice(1)) {
    const [, location, lineNumber, column] = FRAME.exec(line) ?? [];
    if (location === undefined || location.startsWith("node:")) continue;
    const file = location.startsWith("file:") ? fileURLToPath(location) : location;
    if (ownFolders.some((folder) => file.startsWith(folder)) && !TEST_FILE.test(file)) continue;
    return `${shorten(file)}:${lineNumber}:${column}`;
  }
  return undefined;
}

/** Deep enough to get out of Millrace from any of its calls. */
const FRAMES_MAX = 30;

/** `at name (file:line:column)` or `at file:line:column`. */
const FRAME = /(?:\(|at (?:async )?)((?:file:\/\/|node:|[A-Za-z]:\\|\/)[^()]*?):(\d+):(\d+)\)?$/;

/** Millrace's own unit tests are programs of users. */
const TEST_FILE = /\.(?:test|contract)\.[cm]?[jt]s$/;

function shorten(file: string): string {
  const path = relative(process.cwd(), file);
  return path.startsWith(`..${sep}`) || path === "" ? file : path;
}
