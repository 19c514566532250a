import { describe, expect, it } from "vitest";
import { inlineWholeChains } from "./inlining.ts";

describe("inlineWholeChains", () => {
  it("raises V8's bound on what is inlined into one function", () => {
    expect(flagsSetBeside(["--enable-source-maps"])).toEqual(["--max-inlined-bytecode-size-cumulative=2500"]);
  });

  it.each(["--max-inlined-bytecode-size-cumulative=920", "--max_inlined_bytecode_size_cumulative=920"])(
    "leaves the bound that node was started with: %s",
    (given) => {
      expect(flagsSetBeside([given])).toEqual([]);
    },
  );
});

function flagsSetBeside(nodeArguments: readonly string[]): string[] {
  const set: string[] = [];
  inlineWholeChains(nodeArguments, (flags) => set.push(flags));
  return set;
}
