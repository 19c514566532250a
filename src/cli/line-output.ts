import { once } from "node:events";
import type { Writable } from "node:stream";

/** The first `limit` of `items`; all, where there is none. */
export async function* first<T>(items: AsyncIterable<T>, limit: number | undefined): AsyncGenerator<T> {
  let left = limit ?? Number.POSITIVE_INFINITY;
  if (left === 0) return;
  for await (const item of items) {
    yield item;
    left -= 1;
    if (left === 0) return;
  }
}

/** Writes a line for each text, as fast as they are taken. Ends in peace where whoever reads has had enough, as `head` has. */
export async function writeLines(lines: AsyncIterable<string>, out: Writable): Promise<void> {
  let failure: unknown;
  const onError = (error: unknown): void => {
    failure = error;
  };
  out.on("error", onError);
  try {
    for await (const line of lines) {
      if (!out.write(`${line}\n`) && failure === undefined) await once(out, "drain").catch(onError);
      if (failure !== undefined) break;
    }
  } finally {
    out.off("error", onError);
  }
  if (failure !== undefined && (failure as NodeJS.ErrnoException).code !== "EPIPE") throw failure;
}
