import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { MillraceError } from "../core/errors.ts";
import { InvariantError } from "../core/invariant.ts";
import { failureReport } from "./failure-report.ts";

const CWD = "/home/ada/project";

describe("the report of a failure", () => {
  it("is the message and advice of an error of ours, without a stack", () => {
    const error = new MillraceError("JOB_FAILED", { message: "it broke.", advice: "Mend it." });

    expect(report(error)).toBe("JOB_FAILED: it broke.\n  Mend it.");
  });

  it("adds causes that the message does not tell already", () => {
    const inner = new MillraceError("FILE_FAILED", { message: "the disk is full.", advice: "Make room." });
    const told = new MillraceError("COMMIT_FAILED", { message: "no commit: the disk is full.", cause: inner });
    const untold = new MillraceError("COMMIT_FAILED", { message: "no commit.", cause: inner });

    expect(report(told)).toBe("COMMIT_FAILED: no commit: the disk is full.");
    expect(report(untold)).toBe(
      "COMMIT_FAILED: no commit.\n  caused by FILE_FAILED: the disk is full.\n    Make room.",
    );
  });

  it("names the line of the program in which another error was thrown", () => {
    const error = new TypeError("x is not a function");
    error.stack = [
      "TypeError: x is not a function",
      "    at Array.map (<anonymous>)",
      `    at load (${join(import.meta.dirname, "run-program.ts")}:10:3)`,
      "    at helper (file:///home/ada/project/node_modules/left/index.js:1:1)",
      "    at parse (/home/ada/project/jobs/clicks.ts:12:34)",
      "    at file:///home/ada/project/jobs/clicks.ts:20:1",
    ].join("\n");

    expect(report(error)).toBe("TypeError: x is not a function\n    at jobs/clicks.ts:12:34");
  });

  it("shows the line that has a syntax error", () => {
    const error = new SyntaxError("Unexpected token ')'");
    error.stack =
      "file:///p/a.mjs:2\nf(()\n   ^\n\nSyntaxError: Unexpected token ')'\n    at compile (node:internal:1:2)";

    expect(report(error)).toBe("file:///p/a.mjs:2\nf(()\n   ^\n\nSyntaxError: Unexpected token ')'");
  });

  it("ends where causes go round in a circle", () => {
    const first = new Error("first");
    const second = new Error("second", { cause: first });
    first.cause = second;
    first.stack = "";
    second.stack = "";

    expect(report(first)).toBe("Error: first\n  caused by Error: second");
  });

  it("asks to report what is a mistake of ours, with its stack", () => {
    const text = report(new InvariantError("one and one is two", { sum: 3 }));

    expect(text).toMatch(/^This is a mistake in Millrace; please report it\.\nInvariantError: .*sum=3.*\n\s+at /);
  });

  it("says what was thrown when it was no error", () => {
    expect(report("no")).toBe("the program threw 'no'");
  });

  it("has stacks and causes when asked for", () => {
    const error = new Error("outer", { cause: new Error("inner") });

    const text = failureReport(error, { verbose: true, cwd: CWD });

    expect(text).toMatch(/Error: outer\n\s+at /);
    expect(text).toMatch(/\[cause\]: Error: inner\n\s+at /);
  });
});

function report(error: unknown): string {
  return failureReport(error, { verbose: false, cwd: CWD });
}
