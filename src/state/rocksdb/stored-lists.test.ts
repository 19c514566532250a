import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { listState } from "../descriptors.ts";
import { HeapKeyedStateBackend } from "../heap/heap-keyed-state-backend.ts";
import { ALL_GROUPS, MAX_PARALLELISM, readAll, TestClock } from "../keyed-state-backend.contract.ts";
import { backendsForTests } from "./backends-for-tests.ts";
import { hasBinding } from "./binding.ts";
import { openRocksDatabase } from "./rocks-database.ts";
import { RocksDbKeyedStateBackend } from "./rocksdb-keyed-state-backend.ts";

const WINDOWS = [0, 10, 20].map((start) => ({ start, end: start + 10 }));

describe.runIf(hasBinding())("lists in RocksDB", () => {
  const directory = mkdtempSync(join(tmpdir(), "millrace-"));
  const sizes = { "all in memory": 2 ** 28, "next to nothing in memory": 1 };
  afterAll(() => rmSync(directory, { recursive: true }));

  const place = { key: fc.nat(1), window: fc.nat(WINDOWS.length - 1) };
  const actions = fc.array(
    fc.oneof(
      fc.record({ kind: fc.constantFrom("add" as const, "update" as const), ...place, length: fc.nat(150) }),
      fc.record({ kind: fc.constantFrom("clear" as const, "read" as const), ...place, length: fc.constant(0) }),
      fc.record({ kind: fc.constantFrom("merge" as const, "save" as const), ...place, length: fc.constant(0) }),
    ),
    { maxLength: 40, size: "max" },
  );

  describe.each(Object.entries(sizes))("with %s", (_name, cacheBytes) => {
    it.each([undefined, { ttl: "1 h" }])("hold what an array would, however they come and go (%j)", (options) => {
      const backends = backendsForTests(cacheBytes);
      const common = { keyGroups: ALL_GROUPS, maxParallelism: MAX_PARALLELISM, operatorName: "laws" };
      const descriptor = listState<number>(options as Parameters<typeof listState<number>>[0]);
      let next = 0;
      fc.assert(
        fc.property(actions, (history) => {
          const clock = new TestClock();
          const backend = backends.create({ ...common, clock });
          const list = backend.openWindowed("list", descriptor);
          const model = new Map<string, number[]>();
          const at = (key: number, window: number): string => `${key} ${window}`;
          for (const { kind, key, window, length } of history) {
            backend.setCurrentKey(key);
            list.select(WINDOWS[window]!);
            const numbers = Array.from({ length }, () => next++);
            const known = model.get(at(key, window)) ?? [];
            if (kind === "add") list.addAll(numbers);
            if (kind === "update") list.update(numbers);
            if (kind === "clear") list.clear();
            if (kind === "read") expect(list.get()).toEqual(known);
            if (kind === "add") model.set(at(key, window), [...known, ...numbers]);
            if (kind === "update") model.set(at(key, window), numbers);
            if (kind === "clear") model.delete(at(key, window));
            if (kind === "merge") {
              list.mergeWindows(WINDOWS[window]!, WINDOWS);
              const others = [0, 1, 2].filter((other) => other !== window);
              model.set(at(key, window), [...known, ...others.flatMap((other) => model.get(at(key, other)) ?? [])]);
              for (const other of others) model.delete(at(key, other));
            }
            if (kind === "save") {
              const heap = new HeapKeyedStateBackend({ ...common, clock });
              const { states, pieces } = readAll(backend.freeze(), 7);
              heap.restore(states, pieces);
              check(heap, heap.openWindowed("list", descriptor));
            }
          }
          check(backend, list);
          expect(backend.entryCount()).toBe([...model.values()].filter(({ length }) => length > 0).length);

          function check(of: { setCurrentKey(key: number): void }, found: typeof list): void {
            for (const key of [0, 1]) {
              for (const [window, bounds] of WINDOWS.entries()) {
                of.setCurrentKey(key);
                found.select(bounds);
                expect(found.get()).toEqual(model.get(at(key, window)) ?? []);
              }
            }
          }
        }),
        { numRuns: 15 },
      );
      backends.dispose();
    });
  });

  it("that grow are not written again", () => {
    let writtenBytes = 0;
    const openDatabase: typeof openRocksDatabase = (folder) => {
      const database = openRocksDatabase(folder);
      const put = database.put.bind(database);
      database.put = (key, value) => {
        writtenBytes += key.length + value.byteLength;
        put(key, value);
      };
      return database;
    };
    const backend = new RocksDbKeyedStateBackend(
      { keyGroups: ALL_GROUPS, maxParallelism: MAX_PARALLELISM, clock: new TestClock(), operatorName: "lists" },
      { directory, cacheBytes: 2 ** 27, openDatabase },
    );
    const list = backend.open("list", listState<string>());
    backend.setCurrentKey("a");
    const line = "x".repeat(50);
    list.addAll(Array.from({ length: 10_000 }, () => line));
    backend.freeze().release();
    expect(writtenBytes).toBeGreaterThan(10_000 * line.length);

    for (let round = 0; round < 20; round++) {
      writtenBytes = 0;
      list.addAll(Array.from({ length: 10 }, () => line));
      backend.freeze().release();
      expect(writtenBytes).toBeLessThan(3 * 64 * (line.length + 8));
    }
    expect(list.get()).toHaveLength(10_200);
    backend.dispose();
  });
});
