import { AssertionError } from "node:assert";
import { textOf } from "./every-crash-point.ts";
import type { TestSink } from "./test-sink.ts";

/** What a matcher says, in the form that vitest and jest take. */
export interface MatcherResult {
  readonly pass: boolean;
  readonly message: () => string;
  readonly expected: unknown;
  readonly actual: unknown;
}

/** For `expect.extend` of vitest and jest; `millrace/testing/vitest` does it, with types. */
export const matchers: {
  toHaveCommitted(sink: TestSink<any>, expected: readonly unknown[]): MatcherResult;
  toHaveCommittedInOrder(sink: TestSink<any>, expected: readonly unknown[]): MatcherResult;
} = {
  /** All of `expected` and nothing else, each as often, in any order. */
  toHaveCommitted(sink, expected) {
    return compared(sorted(sink.committed), sorted(expected), sink);
  },
  /** The same in the order of the commits. */
  toHaveCommittedInOrder(sink, expected) {
    return compared(sink.committed, expected, sink);
  },
};

/**
 * For tests without a matcher: a sink has committed all of `expected` and nothing else, each as often, in any order.
 *
 * @throws {AssertionError} of `node:assert`, with both.
 */
export function assertCommitted<T>(sink: TestSink<T>, expected: readonly T[]): void {
  const { pass, message, actual } = matchers.toHaveCommitted(sink, expected);
  if (pass) return;
  throw new AssertionError({ message: message(), expected, actual, operator: "assertCommitted" });
}

function compared(actual: readonly unknown[], expected: readonly unknown[], sink: TestSink<unknown>): MatcherResult {
  const pass = textOf(actual) === textOf(expected);
  const waiting = sink.uncommitted.length;
  const hint =
    waiting === 0 ? "" : ` ${waiting} more ${waiting === 1 ? "waits" : "wait"} for a checkpoint to be committed.`;
  return {
    pass,
    message: () => `the sink has${pass ? "" : " not"} committed what the test names: it has ${textOf(actual)}.${hint}`,
    expected,
    actual,
  };
}

function sorted(values: readonly unknown[]): readonly unknown[] {
  return values.toSorted((a, b) => (textOf(a) < textOf(b) ? -1 : 1));
}
