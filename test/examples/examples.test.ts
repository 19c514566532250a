import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const EXAMPLES = "examples";
const programs = readdirSync(EXAMPLES).filter((name) => name.endsWith(".ts"));

describe("the examples", () => {
  it("are there", () => {
    expect(programs.length).toBeGreaterThanOrEqual(4);
  });

  it.each(programs)("%s prints what its last comment says", (program) => {
    const path = join(EXAMPLES, program);
    const promised = promisedBy(readFileSync(path, "utf8"));

    const printed = execFileSync(process.execPath, ["dist/cli/main.js", "run", path], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });

    expect(promised.length).toBeGreaterThan(0);
    expect(printed.trimEnd().split("\n")).toEqual(promised);
  });
});

/** The lines after `// prints:`. */
function promisedBy(source: string): string[] {
  const [, block = ""] = source.split("// prints:\n");
  return block
    .trimEnd()
    .split("\n")
    .map((line) => line.replace(/^\/\/ ?/, ""));
}
