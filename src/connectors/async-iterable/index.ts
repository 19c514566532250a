export { AsyncIterableSource } from "./async-iterable-source.ts";
