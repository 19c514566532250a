import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MAX_TIMESTAMP } from "../../core/time.ts";
import { listState, mapState, valueState } from "../descriptors.ts";
import { HeapKeyedStateBackend } from "../heap/heap-keyed-state-backend.ts";
import { ALL_GROUPS, MAX_PARALLELISM, readAll, TestClock } from "../keyed-state-backend.contract.ts";
import type { KeyedStateBackend } from "../keyed-state-backend.ts";
import { hasBinding } from "./binding.ts";
import { RocksDbKeyedStateBackend } from "./rocksdb-keyed-state-backend.ts";

const OPTIONS = {
  keyGroups: ALL_GROUPS,
  maxParallelism: MAX_PARALLELISM,
  clock: new TestClock(),
  operatorName: "count",
};
const KEYS = 40;

type States = ReturnType<typeof statesOf>;

function statesOf(backend: KeyedStateBackend) {
  return {
    number: backend.open("number", valueState<number>()),
    text: backend.open("text", valueState<string>()),
    list: backend.open("list", listState<number>()),
    map: backend.open("map", mapState<number, number>()),
    slices: backend.openSlices<number>("slices", (n) => n),
    timers: backend.openTimers("timers"),
  };
}

type Change = (states: States) => void;

/** What happens to the state of one key. */
function change(): fc.Arbitrary<Change> {
  const small = fc.nat({ max: 5 });
  return fc.oneof(
    small.map(
      (n): Change =>
        ({ number }) =>
          number.update(n),
    ),
    fc.constant<Change>(({ number }) => number.clear()),
    small.map(
      (n): Change =>
        ({ text }) =>
          text.update("x".repeat(30 * n)),
    ),
    fc.constant<Change>(({ text }) => text.clear()),
    small.map(
      (n): Change =>
        ({ list }) =>
          list.add(n),
    ),
    fc.constant<Change>(({ list }) => list.clear()),
    fc.tuple(small, small).map(
      ([key, n]): Change =>
        ({ map }) =>
          map.put(key, n),
    ),
    small.map(
      (key): Change =>
        ({ map }) =>
          map.remove(key),
    ),
    fc.tuple(small, small).map(
      ([slice, n]): Change =>
        ({ slices }) =>
          slices.put(slice, n),
    ),
    small.map(
      (slice): Change =>
        ({ slices }) =>
          slices.drop(slice),
    ),
    small.map(
      (at): Change =>
        ({ timers }) =>
          timers.register(at),
    ),
    small.map(
      (at): Change =>
        ({ timers }) =>
          timers.delete(at),
    ),
  );
}

type Step =
  | { readonly kind: "change"; readonly key: number; readonly change: Change }
  | { readonly kind: "checkpoint" | "savepoint" | "restore" };

function step(): fc.Arbitrary<Step> {
  return fc.oneof(
    {
      weight: 30,
      arbitrary: fc.record({ kind: fc.constant("change"), key: fc.nat({ max: KEYS - 1 }), change: change() }),
    },
    { weight: 2, arbitrary: fc.constant({ kind: "checkpoint" }) },
    { weight: 1, arbitrary: fc.constant({ kind: "savepoint" }) },
    { weight: 1, arbitrary: fc.constant({ kind: "restore" }) },
  ) as fc.Arbitrary<Step>;
}

/** All that a back end holds, which stays as it is. */
function contentsOf(backend: KeyedStateBackend): unknown {
  const heap = new HeapKeyedStateBackend(OPTIONS);
  const saved = readAll(backend.freeze(), 100);
  heap.restore(saved.states, saved.pieces);
  const { number, text, list, map, slices, timers } = statesOf(heap);
  const seen: unknown[] = [];
  for (let key = 0; key < KEYS; key++) {
    heap.setCurrentKey(key);
    const inSlices = slices.slices().map((slice) => [slice, slices.get(slice)]);
    seen.push([number.value(), text.value(), [...list.get()], [...map.entries()].sort(), inSlices]);
  }
  const due: string[] = [];
  timers.fireUntil(MAX_TIMESTAMP, (timestampMs) => due.push(`${timestampMs} ${heap.currentKey()}`));
  return [seen, due.sort()];
}

describe.runIf(hasBinding()).each([
  ["all in memory", 2 ** 30],
  ["a part in memory", 4_000],
])("the files of a database with %s", (_name, cacheBytes) => {
  let directory = "";
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), "millrace-"));
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  it.each([0, 3])(
    "are the state at each checkpoint, where the database is told of %d entries each time",
    async (caughtUpPerBarrier) => {
      const create = () =>
        new RocksDbKeyedStateBackend(OPTIONS, { directory, cacheBytes, incremental: true, caughtUpPerBarrier });
      const saved = async (backend: RocksDbKeyedStateBackend): Promise<RocksDbKeyedStateBackend> => {
        const restored = create();
        const frozen = backend.freezeFiles();
        if (frozen === undefined) return restored;
        const folder = mkdtempSync(join(directory, "copy-"));
        for (const { name, path } of await frozen.files) copyFileSync(path, join(folder, name));
        frozen.release();
        restored.restoreFiles(frozen.describe(), folder);
        return restored;
      };
      await fc.assert(
        fc.asyncProperty(fc.array(step(), { maxLength: 80, size: "max" }), async (steps) => {
          const model = new HeapKeyedStateBackend(OPTIONS);
          const modelStates = statesOf(model);
          let backend = create();
          let states = statesOf(backend);
          const check = async (): Promise<RocksDbKeyedStateBackend> => {
            const restored = await saved(backend);
            expect(contentsOf(restored)).toEqual(contentsOf(model));
            return restored;
          };
          try {
            for (const one of steps) {
              if (one.kind === "change") {
                backend.setCurrentKey(one.key);
                model.setCurrentKey(one.key);
                one.change(states);
                one.change(modelStates);
              } else if (one.kind === "savepoint") {
                expect(contentsOf(backend)).toEqual(contentsOf(model));
              } else {
                const restored = await check();
                const [left, kept] = one.kind === "restore" ? [backend, restored] : [restored, backend];
                left.dispose();
                if (kept !== backend) states = statesOf(kept);
                backend = kept;
              }
            }
            (await check()).dispose();
          } finally {
            backend.dispose();
          }
        }),
        { numRuns: 8 },
      );
    },
  );
});
