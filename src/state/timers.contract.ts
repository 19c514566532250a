/** Laws of timers, against the simplest queue that could be: a list that is searched and sorted each time. For every back end. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MAX_TIMESTAMP } from "../core/time.ts";
import { ALL_GROUPS, MAX_PARALLELISM, type NewBackend, TestClock } from "./keyed-state-backend.contract.ts";
import type { Namespace } from "./keyed-state-backend.ts";

const WINDOWS: readonly (Namespace | undefined)[] = [undefined, { start: 0, end: 5 }, { start: 5, end: 9 }];

type Action =
  | {
      readonly kind: "register" | "delete";
      readonly key: number;
      readonly timestampMs: number;
      readonly window: number;
    }
  | { readonly kind: "fire"; readonly untilMs: number; readonly again: boolean };

const timestamps = fc.oneof(fc.nat(8), fc.nat(200));
const actions = fc.array(
  fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({
        kind: fc.constantFrom("register" as const, "register" as const, "delete" as const),
        key: fc.nat(30),
        timestampMs: timestamps,
        window: fc.nat(WINDOWS.length - 1),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant("fire" as const), untilMs: timestamps, again: fc.boolean() }),
    },
  ) as fc.Arbitrary<Action>,
  { maxLength: 250, size: "max" },
);

class NaiveTimers {
  readonly timers = new Map<string, { readonly timestampMs: number }>();

  register(key: unknown, timestampMs: number, window: Namespace | undefined): void {
    this.timers.set(JSON.stringify([timestampMs, key, window]), { timestampMs });
  }

  delete(key: unknown, timestampMs: number, window: Namespace | undefined): void {
    this.timers.delete(JSON.stringify([timestampMs, key, window]));
  }

  next(): number {
    return Math.min(MAX_TIMESTAMP + 1, ...[...this.timers.values()].map(({ timestampMs }) => timestampMs));
  }
}

/** @param share - Of the runs that are usual, for a back end whose runs take longer. */
export function describeTimerLaws(name: string, newBackend: NewBackend, share = 1): void {
  describe(`timers of ${name}`, () => {
    it("are those of a list that is searched and sorted each time", () => {
      fc.assert(
        fc.property(actions, (history) => {
          const backend = newBackend({
            keyGroups: ALL_GROUPS,
            maxParallelism: MAX_PARALLELISM,
            clock: new TestClock(),
            operatorName: "laws",
          });
          const timers = backend.openTimers("timers");
          const model = new NaiveTimers();
          for (const action of history) {
            if (action.kind === "fire") fire(action);
            else {
              const { kind, key, timestampMs } = action;
              const window = WINDOWS[action.window];
              backend.setCurrentKey(key);
              timers[kind](timestampMs, window);
              model[kind](key, timestampMs, window);
            }
            expect(timers.size).toBe(model.timers.size);
            expect(timers.nextTimestampMs()).toBe(model.next());
          }

          function fire({ untilMs, again }: { untilMs: number; again: boolean }): void {
            timers.fireUntil(untilMs, (timestampMs, window) => {
              expect(timestampMs).toBe(model.next());
              expect(timestampMs).toBeLessThanOrEqual(untilMs);
              const key = backend.currentKey();
              const text = JSON.stringify([timestampMs, key, window]);
              expect(model.timers.has(text)).toBe(true);
              model.timers.delete(text);
              if (!again) return;
              timers.register(timestampMs + 2, window);
              model.register(key, timestampMs + 2, window);
              timers.delete(timestampMs + 1);
              model.delete(key, timestampMs + 1, undefined);
            });
            expect(model.next()).toBeGreaterThan(untilMs);
          }
        }),
        { numRuns: Math.ceil(share * 60) },
      );
    });
  });
}
