/** Batches of records on their way from one worker to another. */
export { decodeFrame, type EachRecord, earliestOf } from "./frame-reader.ts";
export { FrameWriter } from "./frame-writer.ts";
