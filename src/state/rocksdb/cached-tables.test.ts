import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { listState, mapState, valueState } from "../descriptors.ts";
import { ALL_GROUPS, MAX_PARALLELISM, TestClock } from "../keyed-state-backend.contract.ts";
import { hasBinding } from "./binding.ts";
import { budgetOfThread, type CacheBudget } from "./cache-budget.ts";
import { openRocksDatabase } from "./rocks-database.ts";
import { RocksDbKeyedStateBackend } from "./rocksdb-keyed-state-backend.ts";

const OPTIONS = {
  keyGroups: ALL_GROUPS,
  maxParallelism: MAX_PARALLELISM,
  clock: new TestClock(),
  operatorName: "count",
};

describe.runIf(hasBinding())("CachedTables", () => {
  const folders: string[] = [];
  const opened: RocksDbKeyedStateBackend[] = [];

  /** A back end, with a budget of its own, that counts how often the database is asked. */
  function open(cacheBytes: number): { backend: RocksDbKeyedStateBackend; budget: CacheBudget; asked(): number } {
    const directory = mkdtempSync(join(tmpdir(), "millrace-"));
    folders.push(directory);
    let count = 0;
    const openDatabase: typeof openRocksDatabase = (folder) => {
      const database = openRocksDatabase(folder);
      const get = database.get.bind(database);
      database.get = (key) => {
        count++;
        return get(key);
      };
      return database;
    };
    const backend = new RocksDbKeyedStateBackend(OPTIONS, { directory, cacheBytes, openDatabase });
    opened.push(backend);
    return { backend, budget: budgetOfThread(cacheBytes), asked: () => count };
  }

  afterEach(() => {
    for (const backend of opened.splice(0)) backend.dispose();
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
  });

  it("keeps what is used again and again, while what is used once comes and goes", () => {
    const { backend, budget, asked } = open(30_001);
    const count = backend.open("count", valueState<number>());
    const add = (key: number): void => {
      backend.setCurrentKey(key);
      count.update((count.value() ?? 0) + 1);
    };
    const HOT = 50;
    for (let i = 0; i < 5000; i++) {
      add(1000 + i);
      add(i % HOT);
    }
    const before = asked();
    for (let i = 0; i < HOT; i++) add(i);

    expect(asked() - before).toBeLessThan(HOT / 5);
    expect(budget.used).toBeLessThanOrEqual(budget.bytesMax);
    backend.setCurrentKey(7);
    expect(count.value()).toBe(5000 / HOT + 1);
  });

  it("does not ask the database for keys that are new, as long as nothing has been evicted", () => {
    const { backend, asked } = open(10_000_001);
    const name = backend.open("name", valueState<string>());
    for (let key = 0; key < 1000; key++) {
      backend.setCurrentKey(key);
      name.update(`${name.value() ?? ""}x`);
    }
    backend.freeze().release();
    backend.setCurrentKey("another");
    expect([name.value(), asked()]).toEqual([undefined, 0]);
  });

  it("counts what values have grown by since they came, and takes it off again when they go", () => {
    const { backend, budget } = open(10_000_002);
    const value = backend.open("value", valueState<{ text: string }>());
    const list = backend.open("list", listState<number>());
    const map = backend.open("map", mapState<number, string>());
    const before = budget.used;
    for (let key = 0; key < 10; key++) {
      backend.setCurrentKey(key);
      value.update({ text: "" });
      const held = value.value()!;
      held.text = "x".repeat(10_000);
      value.update(held);
      for (let row = 0; row < 100; row++) {
        list.add(row);
        map.put(row, "x".repeat(100));
      }
    }
    expect(budget.used).toBeGreaterThan(10 * (10_000 + 100 * 100 + 100 * 16));

    for (let key = 0; key < 10; key++) {
      backend.setCurrentKey(key);
      value.clear();
      list.clear();
      map.clear();
    }
    expect(budget.used).toBe(before);
  });

  it("counts no more for a map through which rows come and go than for the rows that it has", () => {
    const { backend, budget } = open(10_000_003);
    const queue = backend.open("queue", mapState<number, string>());
    backend.setCurrentKey("a");
    queue.put(0, "first");
    const before = budget.used;
    for (let row = 1; row < 1000; row++) {
      queue.put(row, "other");
      queue.remove(row - 1);
      if (row % 100 === 0) backend.freeze().release();
    }
    expect(budget.used).toBeLessThan(before + 500);
  });

  it("leaves in memory what the program has in its hands, when another back end of the thread needs the room", () => {
    const mine = open(20_004).backend;
    const list = mine.open("list", listState<number>());
    const other = open(20_004).backend;
    const value = other.open("value", valueState<string>());
    mine.setCurrentKey("a");
    list.add(1);
    const held = list.get() as number[];
    for (let key = 0; key < 1000; key++) {
      other.setCurrentKey(key);
      value.update("x".repeat(100));
    }
    held.push(2);
    for (let key = 0; key < 1000; key++) {
      mine.setCurrentKey(key);
      list.add(key);
    }
    mine.setCurrentKey("a");
    expect(list.get()).toEqual([1, 2]);
  });

  it("goes on where integers with numbers are joined by other keys and values", () => {
    const { backend } = open(1000);
    const value = backend.open("value", valueState<unknown>());
    const model = new Map<unknown, unknown>();
    for (let i = 0; i < 3000; i++) {
      const key = i % 7 === 0 && i > 1000 ? `key ${i % 100}` : i % 200;
      backend.setCurrentKey(key);
      expect(value.value()).toEqual(model.get(key));
      if (i % 11 === 0) {
        value.clear();
        model.delete(key);
      } else {
        const next = i > 1500 && i % 13 === 0 ? { n: i } : i;
        value.update(next);
        model.set(key, next);
      }
      expect(backend.entryCount()).toBe(model.size);
    }
  });
});
