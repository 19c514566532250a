import fc from "fast-check";
import { expect, it } from "vitest";
import { MAX_TIMESTAMP } from "../../core/time.ts";
import type { OneInputOperator, Output } from "../operator.ts";
import { type HarnessSnapshot, OneInputHarness } from "../operator-harness.ts";
import { AsyncWaitOperator } from "./async-wait-operator.ts";
import { ScriptedAnswers } from "./scripted-answers.ts";

type Event =
  | { readonly kind: "watermark" | "barrier" | "restore" }
  /** So many in one step of the task, where the operator takes any. */
  | { readonly kind: "records"; readonly count: number }
  /** `which` of those that are unanswered, counted round. */
  | { readonly kind: "answer" | "fail"; readonly which: number }
  | { readonly kind: "advance"; readonly ms: number };

const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("records" as const), count: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("answer" as const), which: fc.nat(20) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("fail" as const), which: fc.nat(20) }) },
  { weight: 2, arbitrary: fc.constant({ kind: "watermark" } as const) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("advance" as const), ms: fc.constantFrom(1, 40, 100) }) },
  { weight: 1, arbitrary: fc.constant({ kind: "barrier" } as const) },
  { weight: 1, arbitrary: fc.constant({ kind: "restore" } as const) },
);

type Put = { readonly record: number } | { readonly watermark: number };

interface Checkpoint {
  readonly snapshot: HarnessSnapshot;
  readonly taken: number;
  readonly out: readonly Put[];
}

/** One operator, and what a task would know of it. Record `n` has timestamp `n`; a watermark is that of the last record. */
class Run {
  /** What has come out, in order; a restore forgets what is not in its checkpoint, as a sink does. */
  out: Put[] = [];
  /** Records that it has been given: 1, 2, 3, ... */
  taken = 0;
  underWayMax = 0;
  readonly #ordered: boolean;
  readonly #capacity: number;
  #outside!: ScriptedAnswers<number, number>;
  #operator!: AsyncWaitOperator<number, number>;
  #harness!: OneInputHarness<number, number>;
  #checkpoint: Checkpoint;

  constructor(ordered: boolean, capacity: number) {
    this.#ordered = ordered;
    this.#capacity = capacity;
    this.#open();
    this.#checkpoint = { snapshot: this.#harness.snapshot(), taken: 0, out: [] };
  }

  async happen(event: Event): Promise<void> {
    switch (event.kind) {
      case "records":
        if (!this.#operator.available()) return;
        for (let more = event.count; more > 0; more--) {
          this.taken++;
          this.#harness.push(this.taken, this.taken);
        }
        break;
      case "watermark":
        this.#harness.watermark(this.taken);
        break;
      case "answer":
      case "fail": {
        const { unanswered } = this.#outside;
        const value = unanswered[event.which % unanswered.length];
        if (value === undefined) return;
        if (event.kind === "answer") this.#outside.answer(value, value);
        else this.#outside.fail(value, new Error("busy"));
        break;
      }
      case "advance":
        this.#harness.advance(event.ms);
        break;
      case "barrier":
        this.#checkpoint = { snapshot: this.#harness.snapshot(), taken: this.taken, out: [...this.out] };
        break;
      case "restore":
        this.taken = this.#checkpoint.taken;
        this.out = [...this.#checkpoint.out];
        this.#open(this.#checkpoint.snapshot);
        break;
    }
    await this.#harness.settle();
    this.underWayMax = Math.max(this.underWayMax, this.#outside.underWay);
  }

  async end(): Promise<void> {
    this.#harness.watermark(MAX_TIMESTAMP);
    while (!this.#operator.endInput()) {
      for (const value of this.#outside.unanswered) this.#outside.answer(value, value);
      await this.#harness.settle();
    }
  }

  /** Nobody listens to what its calls of before may still answer. */
  #open(restored?: HarnessSnapshot): void {
    this.#outside = new ScriptedAnswers();
    const fn = { asyncInvoke: this.#outside.asyncInvoke, timeout: (value: number) => value };
    const options = { timeout: 100, capacity: this.#capacity, retry: { attempts: 1_000, delay: 30 } };
    this.#operator = new AsyncWaitOperator(fn, options, this.#ordered);
    this.#harness = new OneInputHarness(
      putsInto(this.out, this.#operator),
      restored === undefined ? {} : { restore: [restored] },
    );
  }
}

/** The same operator, of which all that it puts out is known in one order. */
function putsInto(out: Put[], operator: OneInputOperator<number, number>): OneInputOperator<number, number> {
  const output: Output<number> = {
    emit: (record) => out.push({ record }),
    emitWatermark: (watermark) => out.push({ watermark }),
    emitIdle: () => {},
    emitSide: () => {},
  };
  return {
    open: (context) => operator.open(Object.create(context, { output: { value: output } })),
    processRecord: (value, timestampMs) => operator.processRecord(value, timestampMs),
    processWatermark: (timestampMs) => operator.processWatermark(timestampMs),
    prepareSnapshot: (checkpointId) => operator.prepareSnapshot?.(checkpointId),
  };
}

const recordsOf = (out: readonly Put[]): number[] => out.flatMap((put) => ("record" in put ? [put.record] : []));

/** What has come out on the wrong side of a watermark. */
function crossings(out: readonly Put[]): string[] {
  return out.flatMap((put, at) => {
    if (!("watermark" in put)) return [];
    const early = recordsOf(out.slice(0, at)).filter((record) => record > put.watermark);
    const late = recordsOf(out.slice(at)).filter((record) => record <= put.watermark);
    return [
      ...early.map((one) => `${one} before ${put.watermark}`),
      ...late.map((one) => `${one} behind ${put.watermark}`),
    ];
  });
}

it.each([true, false])(
  "loses nothing, repeats nothing and keeps the order, whatever answers, fails, times out or is restored (ordered: %s)",
  async (ordered) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(event, { maxLength: 60, size: "max" }),
        fc.integer({ min: 1, max: 5 }),
        async (events, capacity) => {
          const run = new Run(ordered, capacity);
          for (const event of events) {
            await run.happen(event);
            expect(crossings(run.out)).toEqual([]);
          }
          await run.end();

          const records = recordsOf(run.out);
          const all = Array.from({ length: run.taken }, (_, at) => at + 1);
          expect(ordered ? records : records.toSorted((a, b) => a - b)).toEqual(all);
          expect(crossings(run.out)).toEqual([]);
          expect(run.out.at(-1)).toEqual({ watermark: MAX_TIMESTAMP });
          expect(run.underWayMax).toBeLessThanOrEqual(capacity);
        },
      ),
      { numRuns: 100 },
    );
  },
);
