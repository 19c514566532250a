import { existsSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { listState, mapState, valueState } from "../descriptors.ts";
import { HeapKeyedStateBackend } from "../heap/heap-keyed-state-backend.ts";
import {
  ALL_GROUPS,
  describeKeyedStateBackend,
  MAX_PARALLELISM,
  readAll,
  TestClock,
} from "../keyed-state-backend.contract.ts";
import { backendsForTests } from "./backends-for-tests.ts";
import { hasBinding } from "./binding.ts";
import { budgetOfThread } from "./cache-budget.ts";

const CACHES = { "RocksDB with all in memory": 2 ** 30, "RocksDB with next to nothing in memory": 0 };

describe.runIf(hasBinding()).each(Object.entries(CACHES))("%s", (name, cacheBytes) => {
  const backends = backendsForTests(cacheBytes);
  afterAll(backends.dispose);
  describeKeyedStateBackend(name, backends.create);
});

const OPTIONS = {
  keyGroups: ALL_GROUPS,
  maxParallelism: MAX_PARALLELISM,
  clock: new TestClock(),
  operatorName: "count",
};

describe.runIf(hasBinding())("RocksDbKeyedStateBackend", () => {
  const CACHE_BYTES = 100_000;
  const backends = backendsForTests(CACHE_BYTES);
  afterAll(backends.dispose);

  it("holds state of several times what may be in memory, and reads all of it back", () => {
    const backend = backends.create(OPTIONS);
    const count = backend.open("count", valueState<{ n: number }>());
    const list = backend.open("list", listState<string>());
    const KEYS = 3000;
    for (let round = 1; round <= 3; round++) {
      for (let key = 0; key < KEYS; key++) {
        backend.setCurrentKey(`key ${(key * 7919) % KEYS}`);
        count.update({ n: (count.value()?.n ?? 0) + 1 });
        if (key % 10 === 0) list.add(`in round ${round}`);
        expect(budgetOfThread(CACHE_BYTES).used).toBeLessThan(1.1 * CACHE_BYTES);
      }
    }
    for (let key = 0; key < KEYS; key++) {
      backend.setCurrentKey(`key ${key}`);
      expect(count.value()).toEqual({ n: 3 });
    }
    expect(backend.entryCount()).toBe(KEYS + KEYS / 10);
  });

  it("holds a map of one key that is larger than memory, row by row", () => {
    const backend = backends.create(OPTIONS);
    const map = backend.open("map", mapState<number, string>());
    for (let row = 0; row < 5000; row++) {
      backend.setCurrentKey(row % 2 === 0 ? "a" : "b");
      map.put(row, `row ${row}`);
    }
    backend.setCurrentKey("a");
    map.remove(4000);
    map.put(2, "changed");
    expect([...map.keys()]).toHaveLength(2499);
    expect([map.get(4998), map.get(4000), map.get(2), map.get(1)]).toEqual([
      "row 4998",
      undefined,
      "changed",
      undefined,
    ]);
    map.clear();
    expect(map.isEmpty()).toBe(true);
    backend.setCurrentKey("b");
    expect([...map.entries()].filter(([row, value]) => value !== `row ${row}`)).toEqual([]);
    expect([...map.keys()]).toHaveLength(2500);
  });

  it("gives the memory back when it is disposed of, and leaves nothing on the disk", () => {
    const OTHER_BYTES = 1_000_000;
    const others = backendsForTests(OTHER_BYTES);
    const backend = others.create(OPTIONS);
    const value = backend.open("value", valueState<string>());
    for (let key = 0; key < 100; key++) {
      backend.setCurrentKey(key);
      value.update("x".repeat(100));
    }
    expect(budgetOfThread(OTHER_BYTES).used).toBeGreaterThan(10_000);
    backend.dispose();
    backend.dispose();
    expect(budgetOfThread(OTHER_BYTES).used).toBe(0);
    expect(existsSync(backend.folder)).toBe(false);
    others.dispose();
  });

  it("restores what the heap has saved, and the heap what it has saved", () => {
    const heap = new HeapKeyedStateBackend(OPTIONS);
    const fill = (backend: HeapKeyedStateBackend | ReturnType<typeof backends.create>): void => {
      const value = backend.open("value", valueState<{ n: number }>());
      const map = backend.open("map", mapState<string, number>());
      const timers = backend.openTimers("timers");
      for (let key = 0; key < 50; key++) {
        backend.setCurrentKey(["user", key]);
        value.update({ n: key });
        map.put("a", key);
        timers.register(key, { start: 0, end: 10 });
      }
    };
    const sumOf = (backend: HeapKeyedStateBackend | ReturnType<typeof backends.create>): unknown => {
      const value = backend.open("value", valueState<{ n: number }>());
      const map = backend.open("map", mapState<string, number>());
      const timers = backend.openTimers("timers");
      let sum = 0;
      backend.forEachKey("value", () => {
        sum += value.value()!.n + map.get("a")!;
      });
      const fired: unknown[] = [];
      timers.fireUntil(3, (timestampMs, window) => fired.push([backend.currentKey(), timestampMs, window]));
      return { sum, fired, left: timers.size };
    };
    fill(heap);
    const rocks = backends.create(OPTIONS);
    const saved = readAll(heap.freeze());
    rocks.restore(saved.states, saved.pieces);
    const again = readAll(rocks.freeze());
    const back = new HeapKeyedStateBackend(OPTIONS);
    back.restore(again.states, again.pieces);

    expect(again.states).toEqual(saved.states);
    const copy = new HeapKeyedStateBackend(OPTIONS);
    copy.restore(saved.states, saved.pieces);
    const expected = sumOf(copy);
    expect(expected).toMatchObject({ sum: 2450, left: 46 });
    expect(sumOf(rocks)).toEqual(expected);
    expect(sumOf(back)).toEqual(expected);
  });
});
