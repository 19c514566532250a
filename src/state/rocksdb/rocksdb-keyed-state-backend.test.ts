import { copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MAX_TIMESTAMP } from "../../core/time.ts";
import { listState, mapState, valueState } from "../descriptors.ts";
import { HeapKeyedStateBackend } from "../heap/heap-keyed-state-backend.ts";
import {
  ALL_GROUPS,
  describeKeyedStateBackend,
  MAX_PARALLELISM,
  readAll,
  TestClock,
} from "../keyed-state-backend.contract.ts";
import type { FrozenFiles, KeyedStateBackend } from "../keyed-state-backend.ts";
import { backendsForTests } from "./backends-for-tests.ts";
import { hasBinding } from "./binding.ts";
import { budgetOfThread } from "./cache-budget.ts";
import { RocksDbKeyedStateBackend } from "./rocksdb-keyed-state-backend.ts";
import { readStateFiles } from "./state-files.ts";

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

  it("holds several times as many timers as may be in memory, and fires them in the order of their time", () => {
    const backend = backends.create(OPTIONS);
    const timers = backend.openTimers("timers");
    const TIMERS = 6000;
    const timeOf = (i: number): number => ((i * 7919) % TIMERS) >> 1;
    for (let i = 0; i < TIMERS; i++) {
      backend.setCurrentKey(i);
      timers.register(timeOf(i));
      timers.register(timeOf(i));
      expect(budgetOfThread(CACHE_BYTES).used).toBeLessThan(1.1 * CACHE_BYTES);
    }
    for (let i = 0; i < TIMERS; i += 3) {
      backend.setCurrentKey(i);
      timers.delete(timeOf(i));
      timers.delete(timeOf(i));
    }
    const left = Array.from({ length: TIMERS }, (_, i) => i).filter((i) => i % 3 !== 0);
    const seen = new Set<unknown>();
    backend.forEachKey("timers", (key) => seen.add(key));
    expect(seen).toEqual(new Set(left));
    expect(timers.size).toBe(left.length);

    let lastMs = 0;
    const fired: unknown[] = [];
    timers.fireUntil(TIMERS, (timestampMs) => {
      expect(timestampMs).toBeGreaterThanOrEqual(lastMs);
      expect(timestampMs).toBe(timeOf(backend.currentKey() as number));
      lastMs = timestampMs;
      fired.push(backend.currentKey());
    });
    expect(fired).toHaveLength(left.length);
    expect(new Set(fired)).toEqual(new Set(left));
    expect(timers.size).toBe(0);
    expect(timers.nextTimestampMs()).toBe(MAX_TIMESTAMP + 1);
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

describe.runIf(hasBinding())("the files of RocksDB", () => {
  let directory = "";
  const open: RocksDbKeyedStateBackend[] = [];
  const create = (options = OPTIONS, cacheBytes = 10_000): RocksDbKeyedStateBackend => {
    const backend = new RocksDbKeyedStateBackend(options, { directory, cacheBytes, incremental: true });
    open.push(backend);
    return backend;
  };
  const statesOf = (backend: KeyedStateBackend) => ({
    value: backend.open("value", valueState<number>()),
    map: backend.open("map", mapState<string, number>()),
    slices: backend.openSlices<number>("slices", (n) => n),
    timers: backend.openTimers("timers"),
  });
  const fill = (backend: KeyedStateBackend, states: ReturnType<typeof statesOf>, round: number): void => {
    for (let key = 0; key < 400; key++) {
      backend.setCurrentKey(key);
      states.value.update(round * 1000 + key);
      states.map.put(`row ${round}`, key);
      states.slices.put(round, key);
      states.timers.register(round * 1000 + key);
    }
  };
  const contentsOf = (backend: KeyedStateBackend): unknown => {
    const { value, map, slices, timers } = statesOf(backend);
    const seen: unknown[] = [];
    for (let key = 0; key < 400; key++) {
      backend.setCurrentKey(key);
      seen.push([value.value(), [...map.entries()].sort(), slices.slices().map((slice) => slices.get(slice))]);
    }
    timers.fireUntil(MAX_TIMESTAMP, (timestampMs) => seen.push([timestampMs, backend.currentKey()]));
    return [seen, backend.entryCount()];
  };
  const copied = async (frozen: FrozenFiles): Promise<string> => {
    const folder = mkdtempSync(join(directory, "copy-"));
    for (const { name, path } of await frozen.files) copyFileSync(path, join(folder, name));
    frozen.release();
    return folder;
  };

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), "millrace-"));
  });
  afterAll(() => {
    for (const backend of open) backend.dispose();
    rmSync(directory, { recursive: true });
  });

  it("are the state as it was at the freeze, whatever changes while they are linked and copied", async () => {
    const backend = create();
    const states = statesOf(backend);
    fill(backend, states, 1);
    fill(backend, states, 2);
    const heap = new HeapKeyedStateBackend(OPTIONS);
    const saved = readAll(backend.freeze(), 100);
    heap.restore(saved.states, saved.pieces);
    const frozen = backend.freezeFiles()!;
    fill(backend, states, 3);
    states.slices.drop(1);
    const folder = await copied(frozen);

    const restored = create();
    restored.restoreFiles(frozen.describe(), folder);

    const expected = contentsOf(heap);
    expect((expected as [unknown[]])[0]).toHaveLength(1200);
    expect(contentsOf(restored)).toEqual(expected);
    expect(existsSync(folder)).toBe(false);
  });

  it("tell how many entries of each state they hold, and about how these compare", () => {
    const backend = create();
    const small = backend.open("small", valueState<number>());
    const large = backend.open("large", valueState<string>());
    const map = backend.open("map", mapState<number, string>());
    for (let key = 0; key < 3_000; key++) {
      backend.setCurrentKey(key);
      small.update(key);
      if (key < 300) large.update("x".repeat(1_000));
      if (key < 30) for (let row = 0; row < 10; row++) map.put(row, "y".repeat(100));
    }

    const footprints = backend.freezeFiles()!.footprints();

    expect(footprints.map(({ name, entries }) => [name, entries])).toEqual([
      ["small", 3_000],
      ["large", 300],
      ["map", 30],
    ]);
    const [ofSmall, ofLarge, ofMap] = footprints.map(({ bytes }) => bytes);
    expect(ofLarge! / 300_000).toBeCloseTo(1, 0);
    expect(ofMap! / 30_000).toBeGreaterThan(1);
    expect(ofMap! / 30_000).toBeLessThan(1.5);
    expect(ofSmall! / 3_000).toBeLessThan(30);
  });

  it("can be read as pieces, by any back end and for any key groups", async () => {
    const backend = create();
    fill(backend, statesOf(backend), 1);
    const frozen = backend.freezeFiles()!;
    const folder = await copied(frozen);
    const halves = [
      { start: 0, end: 2 },
      { start: 3, end: MAX_PARALLELISM - 1 },
    ].map((keyGroups) => {
      const heap = new HeapKeyedStateBackend({ ...OPTIONS, keyGroups });
      heap.restore(frozen.describe(), readStateFiles(folder, frozen.describe(), keyGroups));
      return heap.entryCount();
    });
    expect(halves[0]! + halves[1]!).toBe(backend.entryCount());
    expect(halves[0]).toBeGreaterThan(0);
  });

  it("keep the names of what has not changed, so that a second copy is small", async () => {
    const backend = create(OPTIONS, 1_000_000);
    const states = statesOf(backend);
    fill(backend, states, 1);
    const first = backend.freezeFiles()!;
    const names = (await first.files).filter(({ isFinal }) => isFinal).map(({ name }) => name);
    first.release();
    backend.setCurrentKey(1);
    states.value.update(7);
    const second = backend.freezeFiles()!;
    const again = (await second.files).filter(({ isFinal }) => isFinal).map(({ name }) => name);
    second.release();
    expect(names.length).toBeGreaterThan(0);
    expect(names.filter((name) => again.includes(name))).toEqual(names);
    expect(again.length).toBeGreaterThan(names.length);
  });

  it("are complete when the next freeze comes while they are being linked", async () => {
    const backend = create();
    const states = statesOf(backend);
    fill(backend, states, 1);
    const first = backend.freezeFiles()!;
    fill(backend, states, 2);
    const second = backend.freezeFiles()!;
    const whole = readAll(backend.freeze(), 1000);
    const counts = [];
    for (const frozen of [first, second]) {
      const folder = await copied(frozen);
      const restored = create();
      restored.restoreFiles(frozen.describe(), folder);
      counts.push(restored.entryCount());
    }
    expect(counts).toEqual([1600, 2400]);
    expect(whole.pieces.length).toBeGreaterThan(0);
  });

  it("are refused, naming the state, where a value cannot be saved", async () => {
    const backend = create();
    const value = backend.open("value", valueState<unknown>());
    backend.setCurrentKey(1);
    value.update(() => {});
    const frozen = backend.freezeFiles()!;
    await expect(frozen.files).rejects.toThrow(/VALUE_NOT_ENCODABLE: state "value"/);
    frozen.release();
    value.update(1);
    await expect(backend.freezeFiles()!.files).resolves.toBeDefined();
  });
});
