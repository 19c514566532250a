import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { keyGroupOfHash, keyHash, subtaskOfKeyGroup } from "../../core/key-group.ts";
import { MAX_TIMESTAMP, MIN_TIMESTAMP } from "../../core/time.ts";
import { mean } from "../aggregates.ts";
import { sum } from "../aggregations.ts";
import type { OneInputOperator } from "../operator.ts";
import type { HarnessSnapshot } from "../operator-harness.ts";
import { OneInputHarness } from "../operator-harness.ts";
import { createWindowOperator } from "./create-window-operator.ts";
import { EventTimeSessionWindows } from "./session-windows.ts";
import { SlidingEventTimeWindows } from "./sliding-windows.ts";
import { TumblingEventTimeWindows } from "./tumbling-windows.ts";
import type { TimeWindow } from "./window.ts";
import type { WindowContext } from "./window-function.ts";
import { WindowOperator } from "./window-operator.ts";
import type { WindowSpec } from "./window-spec.ts";

interface Sale {
  readonly shop: string;
  readonly amount: number;
}

type Step =
  | { readonly kind: "record"; readonly sale: Sale; readonly at: number }
  /** To one subtask only: subtasks do not advance together. Ignored where it would go back. */
  | { readonly kind: "watermark"; readonly subtask: number; readonly at: number }
  /** Snapshot, and go on from it on another number of subtasks, whose watermarks start at the beginning. */
  | { readonly kind: "restart"; readonly parallelism: number };

const MAX_PARALLELISM = 8;
const PARALLELISM_MAX = 3;

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant("record" as const),
      sale: fc.record({ shop: fc.constantFrom("a", "b", "c", "d", "e", "f"), amount: fc.integer({ min: 1, max: 9 }) }),
      at: fc.integer({ min: -40, max: 80 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("watermark" as const),
      subtask: fc.nat({ max: PARALLELISM_MAX - 1 }),
      at: fc.integer({ min: -45, max: 90 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("restart" as const),
      parallelism: fc.integer({ min: 1, max: PARALLELISM_MAX }),
    }),
  },
);

interface Result {
  /** "a [0, 10) 17@9", sorted: windows that fire at one watermark do so in any order of keys. */
  readonly emitted: readonly string[];
  readonly lateCount: number;
}

function subtaskOf(shop: string, parallelism: number): number {
  return subtaskOfKeyGroup(keyGroupOfHash(keyHash(shop), MAX_PARALLELISM), parallelism, MAX_PARALLELISM);
}

/** What the operator does. */
function run(create: () => OneInputOperator<Sale, string>, steps: readonly Step[]): Result {
  const emitted: string[] = [];
  let lateCount = 0;
  let subtasks: OneInputHarness<Sale, string>[] = [];
  let reached: number[] = [];

  const start = (parallelism: number, restore: readonly HarnessSnapshot[]): void => {
    subtasks = Array.from({ length: parallelism }, (_, subtaskIndex) => {
      const keys = [(sale: Sale) => sale.shop];
      return new OneInputHarness(create(), {
        keys,
        subtaskIndex,
        parallelism,
        maxParallelism: MAX_PARALLELISM,
        restore,
      });
    });
    reached = subtasks.map(() => MIN_TIMESTAMP);
  };
  const stop = (): void => {
    for (const subtask of subtasks) {
      emitted.push(...subtask.records.map(({ value, timestamp }) => `${value}@${timestamp}`));
      lateCount += subtask.counter("numLateRecordsDropped");
    }
  };

  start(1, []);
  for (const next of steps) {
    switch (next.kind) {
      case "record":
        subtasks[subtaskOf(next.sale.shop, subtasks.length)]!.push(next.sale, next.at);
        break;
      case "watermark": {
        const index = next.subtask % subtasks.length;
        if (next.at <= reached[index]!) break;
        reached[index] = next.at;
        subtasks[index]!.watermark(next.at);
        break;
      }
      case "restart": {
        const snapshots = subtasks.map((subtask) => subtask.snapshot());
        stop();
        start(next.parallelism, snapshots);
        break;
      }
    }
  }
  for (const subtask of subtasks) {
    subtask.watermark(MAX_TIMESTAMP);
    expect(subtask.stateEntryCount()).toBe(0);
  }
  stop();
  return { emitted: emitted.sort(), lateCount };
}

interface ModelWindow {
  readonly shop: string;
  readonly start: number;
  readonly end: number;
  readonly amounts: readonly number[];
}

/** What windows are: a list and a loop. `place` puts a record into the open windows of its shop. */
function model(
  steps: readonly Step[],
  latenessMs: number,
  resultOf: (amounts: readonly number[]) => number,
  place: (
    open: readonly ModelWindow[],
    sale: Sale,
    at: number,
  ) => { readonly into: ModelWindow; readonly from: readonly ModelWindow[] }[],
): Result {
  const emitted: string[] = [];
  const progress = new Map<string, number>();
  let lateCount = 0;
  let open: ModelWindow[] = [];
  let parallelism = 1;
  let reached: number[] = [MIN_TIMESTAMP];

  const emit = ({ shop, start, end, amounts }: ModelWindow): void => {
    emitted.push(`${shop} [${start}, ${end}) ${resultOf(amounts)}@${end - 1}`);
  };
  const advance = (shops: (shop: string) => boolean, at: number): void => {
    for (const shop of ["a", "b", "c", "d", "e", "f"].filter(shops)) {
      const before = progress.get(shop) ?? MIN_TIMESTAMP;
      if (at <= before) continue;
      progress.set(shop, at);
      const mine = open.filter((window) => window.shop === shop);
      mine.filter(({ end }) => end - 1 > before && end - 1 <= at).forEach(emit);
      open = open.filter((window) => window.shop !== shop || window.end - 1 + latenessMs > at);
    }
  };

  for (const next of steps) {
    switch (next.kind) {
      case "record": {
        const { sale, at } = next;
        const now = progress.get(sale.shop) ?? MIN_TIMESTAMP;
        const mine = open.filter(({ shop }) => shop === sale.shop);
        const placed = place(mine, sale, at).filter(({ into }) => into.end - 1 + latenessMs > now);
        if (placed.length === 0 && at + latenessMs <= now) lateCount++;
        for (const { into, from } of placed) {
          open = [...open.filter((window) => !from.includes(window)), into];
          if (into.end - 1 <= now) emit(into);
        }
        break;
      }
      case "watermark": {
        const index = next.subtask % parallelism;
        if (next.at <= reached[index]!) break;
        reached[index] = next.at;
        advance((shop) => subtaskOf(shop, parallelism) === index, next.at);
        break;
      }
      case "restart":
        parallelism = next.parallelism;
        reached = Array.from({ length: parallelism }, () => MIN_TIMESTAMP);
        break;
    }
  }
  advance(() => true, MAX_TIMESTAMP);
  return { emitted: emitted.sort(), lateCount };
}

/** Windows of one length that start every `slide`. */
function placeByTime(size: number, slide: number, offset: number): Parameters<typeof model>[3] {
  return (open, sale, at) => {
    const placed = [];
    for (let start = -200 * slide + offset; start <= at; start += slide) {
      const end = start + size;
      if (at >= end) continue;
      const old = open.find((window) => window.start === start);
      const into = { shop: sale.shop, start, end, amounts: [...(old?.amounts ?? []), sale.amount] };
      placed.push({ into, from: old === undefined ? [] : [old] });
    }
    return placed;
  };
}

/** Sessions: the record's own window and all that it meets become one. */
function placeInSession(gap: number): Parameters<typeof model>[3] {
  return (open, sale, at) => {
    const from = open.filter(({ start, end }) => start <= at + gap && at <= end);
    const into = {
      shop: sale.shop,
      start: Math.min(at, ...from.map(({ start }) => start)),
      end: Math.max(at + gap, ...from.map(({ end }) => end)),
      amounts: [...from.flatMap(({ amounts }) => amounts), sale.amount],
    };
    return [{ into, from }];
  };
}

const total = (amounts: readonly number[]): number => amounts.reduce((a, b) => a + b, 0);
const average = (amounts: readonly number[]): number => total(amounts) / amounts.length;

const contents = {
  reduce: {
    spec: {
      contents: { kind: "reduce" as const, reduce: sum<Sale>("amount") },
      emission: {
        kind: "window-function" as const,
        window: (sale: Sale, { key, window }: WindowContext<string, TimeWindow>) => `${key} ${window} ${sale.amount}`,
      },
    },
    resultOf: total,
  },
  aggregate: {
    spec: {
      contents: { kind: "aggregate" as const, aggregate: mean((sale: Sale) => sale.amount) },
      emission: {
        kind: "window-function" as const,
        window: (amount: number, { key, window }: WindowContext<string, TimeWindow>) => `${key} ${window} ${amount}`,
      },
    },
    resultOf: average,
  },
  process: {
    spec: {
      contents: { kind: "elements" as const },
      emission: {
        kind: "process" as const,
        process: {
          process(key: string, context: any, sales: Iterable<Sale>, out: any): void {
            out.collect(`${key} ${context.window} ${total([...sales].map(({ amount }) => amount))}`);
          },
        },
      },
    },
    resultOf: total,
  },
};

const steps = fc.array(step, { maxLength: 45, size: "max" });
const lengths = fc.record({
  size: fc.integer({ min: 1, max: 20 }),
  slide: fc.integer({ min: 1, max: 20 }),
  offset: fc.integer({ min: 0, max: 5 }),
});

for (const [kind, { spec, resultOf }] of Object.entries(contents)) {
  describe(`windows that ${kind}, whatever the order of records, watermarks and restarts,`, () => {
    it("give what tumbling windows are", () => {
      fc.assert(
        fc.property(steps, lengths, (script, { size, offset }) => {
          const assigner = TumblingEventTimeWindows.of(size, offset % size);
          const full: WindowSpec<Sale, TimeWindow> = { assigner, ...spec };
          const expected = model(script, 0, resultOf, placeByTime(size, size, offset % size));

          expect(run(() => createWindowOperator(full), script)).toEqual(expected);
          expect(run(() => new WindowOperator(full), script)).toEqual(expected);
        }),
      );
    });

    it("give what sliding windows are", () => {
      fc.assert(
        fc.property(steps, lengths, (script, { size, slide, offset }) => {
          const assigner = SlidingEventTimeWindows.of(size, slide, offset % slide);
          const full: WindowSpec<Sale, TimeWindow> = { assigner, ...spec };
          const expected = model(script, 0, resultOf, placeByTime(size, slide, offset % slide));

          expect(run(() => createWindowOperator(full), script)).toEqual(expected);
          expect(run(() => new WindowOperator(full), script)).toEqual(expected);
        }),
      );
    });

    it("go on where the operator that keeps them in the other way has stopped", () => {
      fc.assert(
        fc.property(steps, lengths, fc.infiniteStream(fc.boolean()), (script, { size, slide }, choices) => {
          const assigner = SlidingEventTimeWindows.of(Math.max(size, slide), Math.min(size, slide));
          const full: WindowSpec<Sale, TimeWindow> = { assigner, ...spec };
          // Each subtask of each run anew, as after a restart with another parallelism.
          const either = () =>
            choices.next().value ? createWindowOperator<Sale, string>(full) : new WindowOperator(full);

          expect(run(either as () => OneInputOperator<Sale, string>, script)).toEqual(
            model(script, 0, resultOf, placeByTime(Math.max(size, slide), Math.min(size, slide), 0)),
          );
        }),
      );
    });

    it("fire again for each late element that is let in", () => {
      fc.assert(
        fc.property(steps, lengths, fc.integer({ min: 1, max: 30 }), (script, { size, slide }, allowedLatenessMs) => {
          const assigner = SlidingEventTimeWindows.of(size, slide);
          const full: WindowSpec<Sale, TimeWindow> = { assigner, allowedLatenessMs, ...spec };

          expect(run(() => createWindowOperator(full), script)).toEqual(
            model(script, allowedLatenessMs, resultOf, placeByTime(size, slide, 0)),
          );
        }),
      );
    });

    it("give what sessions are", () => {
      fc.assert(
        fc.property(steps, fc.integer({ min: 1, max: 15 }), fc.nat({ max: 20 }), (script, gap, allowedLatenessMs) => {
          const assigner = EventTimeSessionWindows.withGap(gap);
          const full: WindowSpec<Sale, TimeWindow> = { assigner, allowedLatenessMs, ...spec };

          expect(run(() => createWindowOperator(full), script)).toEqual(
            model(script, allowedLatenessMs, resultOf, placeInSession(gap)),
          );
        }),
      );
    });
  });
}
