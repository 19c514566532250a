export { SequenceSource } from "./sequence-source.ts";
