import { expect, it } from "vitest";
import { stacksOf, stackText } from "./error-stacks.ts";

it("shows an error with its causes, the innermost last", () => {
  const error = new Error("the job failed", { cause: new Error("no such currency", { cause: "a text" }) });

  const stacks = stacksOf(error);

  expect(stacks.map((stack) => stack.split("\n")[0])).toEqual(["Error: the job failed", "Error: no such currency"]);
  expect(stackText(stacks)).toContain("\nCaused by: Error: no such currency\n");
});

it("ends where causes lead in a circle", () => {
  const error = new Error("a");
  error.cause = error;

  expect(stacksOf(error)).toHaveLength(16);
  expect(stackText(stacksOf(error)).length).toBeLessThanOrEqual(20_000);
});
