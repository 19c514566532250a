export { type CollectedValues, CollectSink } from "./collect-sink.ts";
