export { type DataGeneratorOptions, DataGeneratorSource } from "./data-generator-source.ts";
