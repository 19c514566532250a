export { PrintSink } from "./print-sink.ts";
