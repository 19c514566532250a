import type { Window } from "../operators/windows/window.ts";
import { WindowedStream } from "./windowed-stream.ts";

/** The one key of windows over all records. */
export type AllKey = "all";

/**
 * All records of a stream, grouped into windows without a key, in one subtask. What is put out has the last timestamp of its window. The
 * key that functions are shown is `"all"`.
 *
 * @example
 * clicks
 *   .windowAll(TumblingEventTimeWindows.of("1m"))
 *   .aggregate(count(), (clicks, { window }) => ({ minute: window.start, clicks }));
 * // { minute: 60000, clicks: 42 } ...
 */
export class AllWindowedStream<T, W extends Window> extends WindowedStream<T, AllKey, W> {}
