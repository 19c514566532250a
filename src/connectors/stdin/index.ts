export { StandardInputSource } from "./standard-input-source.ts";
