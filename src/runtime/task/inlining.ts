import { setFlagsFromString } from "node:v8";

/**
 * Bytes of bytecode that V8 may inline into one function. Its own bound, 920, is reached in the middle of a chain: the rest of a record's
 * way then consists of calls, and what they pass is boxed. With this one a whole chain becomes one function
 * (`docs/decisions/0016-chains-are-inlined-whole.md`).
 */
const INLINED_BYTECODE_MAX = 2500;

const FLAG = "--max-inlined-bytecode-size-cumulative";

/** For all threads of this process, and for code that becomes hot from now on. A bound that was given to `node` stays. */
export function inlineWholeChains(
  nodeArguments: readonly string[] = process.execArgv,
  setFlags: (flags: string) => void = setFlagsFromString,
): void {
  if (nodeArguments.some((argument) => argument.replaceAll("_", "-").startsWith(FLAG))) return;
  setFlags(`${FLAG}=${INLINED_BYTECODE_MAX}`);
}
