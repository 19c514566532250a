/**
 * `import "millrace/testing/vitest"` adds matchers to vitest's `expect`:
 *
 *     expect(alerts).toHaveCommitted([{ card: "a" }]);
 */
import { expect } from "vitest";
import { matchers } from "./committed.ts";

declare module "vitest" {
  interface Matchers<T = any> {
    /** A `TestSink` has committed all of these and nothing else, each as often, in any order. */
    toHaveCommitted(expected: readonly unknown[]): T;
    /** The same in the order of the commits. */
    toHaveCommittedInOrder(expected: readonly unknown[]): T;
  }
}

expect.extend(matchers);
