/** A stack as a reader wants it: the line of their own program first. */
export interface Stack {
  readonly message: string;
  /** Where in the user's own code it came from, "src/orders.ts:12:5". */
  readonly place: string | undefined;
  readonly frames: readonly { readonly text: string; readonly isOwn: boolean }[];
}

export function parseStack(stacktrace: string): Stack {
  const lines = stacktrace.split("\n");
  const first = lines.findIndex((line) => FRAME.test(line));
  const message = lines
    .slice(0, first === -1 ? lines.length : first)
    .join("\n")
    .trim();
  const frames = (first === -1 ? [] : lines.slice(first)).map((text) => ({ text: text.trimEnd(), isOwn: isOwn(text) }));
  const own = frames.filter((frame) => frame.isOwn);
  // The innermost cause comes last, and its first line is where it began.
  const causeAt = frames.findLastIndex(({ text }) => /^\s*(\[cause\]|Caused by)/.test(text));
  const inCause = frames.slice(causeAt + 1).find((frame) => frame.isOwn);
  const place = (inCause ?? own[0])?.text;
  return { message, place: place === undefined ? undefined : placeIn(place), frames };
}

const FRAME = /^\s+at /;

/** Neither Node's nor of an installed package, which the engine is. */
function isOwn(line: string): boolean {
  return FRAME.test(line) && !/node:|node_modules|[\\/]millrace[\\/](?:dist|src)[\\/]|<anonymous>|native/.test(line);
}

function placeIn(frame: string): string | undefined {
  return /\(?((?:file:\/\/)?[^\s()]+:\d+(?::\d+)?)\)?\s*$/.exec(frame)?.[1]?.replace(/^file:\/\//, "");
}
