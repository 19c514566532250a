/** What every keyed state back end must do. A new back end calls `describeKeyedStateBackend` from its own test. */
import { describe, expect, it } from "vitest";
import type { Clock } from "../core/clock.ts";
import type { KeyGroupRange } from "../core/key-group.ts";
import { MAX_TIMESTAMP } from "../core/time.ts";
import { aggregatingState, listState, mapState, reducingState, valueState } from "./descriptors.ts";
import type { FrozenKeyedState, FrozenPiece, KeyedStateBackend, StateDescription } from "./keyed-state-backend.ts";

export const MAX_PARALLELISM = 8;
export const ALL_GROUPS: KeyGroupRange = { start: 0, end: MAX_PARALLELISM - 1 };

export interface BackendOptions {
  readonly keyGroups: KeyGroupRange;
  readonly maxParallelism: number;
  readonly clock: Clock;
  readonly operatorName: string;
}

export type NewBackend = (options: BackendOptions) => KeyedStateBackend;

/** A clock that a test sets. */
export class TestClock implements Clock {
  now = 0;

  nowMs(): number {
    return this.now;
  }

  setAlarm(): () => void {
    throw new Error("state back ends set no alarms");
  }
}

export interface Snapshot {
  readonly states: readonly StateDescription[];
  readonly pieces: readonly FrozenPiece[];
}

export function readAll(frozen: FrozenKeyedState, entriesMax = 3): Snapshot {
  const pieces: FrozenPiece[] = [];
  for (let piece = frozen.next(entriesMax); piece !== undefined; piece = frozen.next(entriesMax)) pieces.push(piece);
  return { states: frozen.describe(), pieces };
}

const mean = {
  createAccumulator: () => ({ sum: 0, count: 0 }),
  add: (value: number, accumulator: { sum: number; count: number }) => {
    accumulator.sum += value;
    accumulator.count++;
    return accumulator;
  },
  getResult: (accumulator: { sum: number; count: number }) => accumulator.sum / accumulator.count,
  merge: (a: { sum: number; count: number }, b: { sum: number; count: number }) => {
    a.sum += b.sum;
    a.count += b.count;
    return a;
  },
};

export function describeKeyedStateBackend(name: string, newBackend: NewBackend): void {
  describe(`keyed state on ${name}`, () => {
    const clock = new TestClock();
    const open = (keyGroups = ALL_GROUPS): KeyedStateBackend =>
      newBackend({ keyGroups, maxParallelism: MAX_PARALLELISM, clock, operatorName: "count per page" });
    const restored = (snapshot: Snapshot, keyGroups = ALL_GROUPS): KeyedStateBackend => {
      const backend = open(keyGroups);
      backend.restore(snapshot.states, snapshot.pieces);
      return backend;
    };

    describe("keys", () => {
      it("keeps keys apart", () => {
        const backend = open();
        const count = backend.open("count", valueState<number>());

        backend.setCurrentKey("a");
        count.update(1);
        backend.setCurrentKey("b");

        expect(count.value()).toBeUndefined();
        backend.setCurrentKey("a");
        expect(count.value()).toBe(1);
        expect(backend.currentKey()).toBe("a");
      });

      it("compares keys that are arrays, objects or dates by value", () => {
        const backend = open();
        const count = backend.open("count", valueState<number>());
        const keys = [() => ["a", 1], () => ({ page: "x", site: 2 }), () => new Date(5)];

        for (const [index, key] of keys.entries()) {
          backend.setCurrentKey(key());
          count.update(index);
        }

        for (const [index, key] of keys.entries()) {
          backend.setCurrentKey(key());
          expect(count.value()).toBe(index);
        }
      });

      it("does not confuse keys of different types", () => {
        const backend = open();
        const seen = backend.open("seen", valueState<string>());
        const keys = [1, "1", 1n, true, [1], 2 ** 40, 0.5, "", Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];

        for (const key of keys) {
          backend.setCurrentKey(key);
          expect(seen.value()).toBeUndefined();
          seen.update(typeof key);
        }

        for (const key of keys) {
          backend.setCurrentKey(key);
          expect(seen.value()).toBe(typeof key);
        }
      });

      it("keeps its own copy of a key that its owner changes later", () => {
        const backend = open();
        const count = backend.open("count", valueState<number>());
        const key = ["a"];
        backend.setCurrentKey(key);
        count.update(1);

        key[0] = "b";
        backend.setCurrentKey(key);
        expect(count.value()).toBeUndefined();
        backend.setCurrentKey(["a"]);
        expect(count.value()).toBe(1);
      });

      it("refuses state and timers before the first key", () => {
        const backend = open();
        const count = backend.open("count", valueState({ initial: 0 }));
        const timers = backend.openTimers("timers");
        const slices = backend.openSlices<number>("slices", (n) => n);
        const error = expect.objectContaining({ code: "STATE_OUTSIDE_KEY" });

        expect(() => count.value()).toThrow(error);
        expect(() => count.update(1)).toThrow(error);
        expect(() => timers.register(1)).toThrow(error);
        expect(() => slices.get(1)).toThrow(error);
        expect(() => slices.put(1, 1)).toThrow(error);
        expect(() => backend.currentKey()).toThrow(error);
      });

      it("refuses a key that is null, undefined or has no equality by value", () => {
        const backend = open();
        expect(() => backend.setCurrentKey(null)).toThrow(expect.objectContaining({ code: "NULL_KEY" }));
        expect(() => backend.setCurrentKey(undefined)).toThrow(expect.objectContaining({ code: "NULL_KEY" }));
        expect(() => backend.setCurrentKey(new Map())).toThrow(expect.objectContaining({ code: "INVALID_KEY" }));
      });

      it("refuses two states of one name", () => {
        const backend = open();
        backend.open("count", valueState<number>());
        const error = expect.objectContaining({ code: "STATE_DUPLICATE" });
        expect(() => backend.open("count", listState<number>())).toThrow(error);
        expect(() => backend.openTimers("count")).toThrow(error);
      });
    });

    describe("value state", () => {
      it("is cleared by update(null), update(undefined) and clear()", () => {
        const backend = open();
        const state = backend.open("state", valueState<string>());
        backend.setCurrentKey(1);
        for (const clear of [() => state.update(null), () => state.update(undefined), () => state.clear()]) {
          state.update("x");
          clear();
          expect(state.value()).toBeUndefined();
          expect(backend.entryCount()).toBe(0);
        }
      });

      it("gives the initial value where there is none, from the function anew each time", () => {
        const backend = open();
        const zero = backend.open("zero", valueState({ initial: 0 }));
        const fresh = backend.open("fresh", valueState<number[]>({ initial: () => [] }));
        const copied = backend.open("copied", valueState<{ n: number }>({ initial: { n: 0 } }));
        backend.setCurrentKey("a");

        expect(zero.value()).toBe(0);
        fresh.value().push(1);
        copied.value().n = 7;

        expect(fresh.value()).toEqual([]);
        expect(copied.value()).toEqual({ n: 0 });
        expect(backend.entryCount()).toBe(0);
      });

      it("holds numbers of every kind", () => {
        const backend = open();
        const state = backend.open("state", valueState<number>());
        const numbers = [0, -0, 1, -1, 0.1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, -(2 ** 31)];
        for (const [key, number] of numbers.entries()) {
          backend.setCurrentKey(key);
          state.update(number);
        }
        const copy = restored(readAll(backend.freeze())).open("state", valueState<number>());
        expect(copy).toBeDefined();
        for (const [key, number] of numbers.entries()) {
          backend.setCurrentKey(key);
          expect(state.value()).toBe(number);
        }
      });

      it("takes values and keys of changing types", () => {
        const backend = open();
        const state = backend.open("state", valueState<unknown>());
        for (let key = 0; key < 100; key++) {
          backend.setCurrentKey(key);
          state.update(key);
        }
        backend.setCurrentKey(7);
        state.update("seven");
        backend.setCurrentKey("x");
        state.update(1);

        const values = Array.from({ length: 100 }, (_, key) => {
          backend.setCurrentKey(key);
          return state.value();
        });
        expect(values).toEqual(Array.from({ length: 100 }, (_, key) => (key === 7 ? "seven" : key)));
        backend.setCurrentKey("x");
        expect(state.value()).toBe(1);
      });
    });

    describe("list state", () => {
      it("keeps elements in the order they were added", () => {
        const backend = open();
        const list = backend.open("list", listState<string>());
        backend.setCurrentKey("a");

        expect([...list.get()]).toEqual([]);
        list.add("x");
        list.addAll(["y", "z"]);
        expect([...list.get()]).toEqual(["x", "y", "z"]);
        list.update(["only"]);
        expect([...list.get()]).toEqual(["only"]);
        list.update([]);
        expect([...list.get()]).toEqual([]);
        list.add("again");
        list.clear();
        expect([...list.get()]).toEqual([]);
        expect(backend.entryCount()).toBe(0);
      });

      it("can be updated with what it holds", () => {
        const backend = open();
        const list = backend.open("list", listState<number>());
        backend.setCurrentKey("a");
        list.addAll([1, 2, 3]);
        list.update(list.get());
        list.addAll(list.get());
        expect([...list.get()]).toEqual([1, 2, 3, 1, 2, 3]);
      });

      it("refuses null and undefined, and then adds nothing", () => {
        const backend = open();
        const list = backend.open("list", listState<unknown>());
        backend.setCurrentKey("a");
        const error = expect.objectContaining({ code: "VALUE_NOT_ENCODABLE" });
        expect(() => list.add(null)).toThrow(error);
        expect(() => list.addAll([1, undefined])).toThrow(error);
        expect(() => list.update([null])).toThrow(error);
        expect([...list.get()]).toEqual([]);
      });
    });

    describe("map state", () => {
      it("puts, gets, lists and removes rows of the current key", () => {
        const backend = open();
        const map = backend.open("map", mapState<string, number>());
        backend.setCurrentKey("a");
        expect(map.isEmpty()).toBe(true);

        map.put("x", 1);
        map.putAll([
          ["y", 2],
          ["z", 3],
        ]);
        map.remove("y");
        map.remove("missing");

        expect(map.get("x")).toBe(1);
        expect(map.get("y")).toBeUndefined();
        expect(map.contains("z")).toBe(true);
        expect(map.contains("y")).toBe(false);
        expect(new Map(map.entries())).toEqual(new Map([["x", 1], ["z", 3]])); // biome-ignore format: one line
        expect(new Set(map.keys())).toEqual(new Set(["x", "z"]));
        expect(new Set(map.values())).toEqual(new Set([1, 3]));
        expect(map.isEmpty()).toBe(false);
        backend.setCurrentKey("b");
        expect(map.get("x")).toBeUndefined();
        expect(map.isEmpty()).toBe(true);
        backend.setCurrentKey("a");
        map.clear();
        expect(map.isEmpty()).toBe(true);
        expect(backend.entryCount()).toBe(0);
      });

      it("compares its keys by value", () => {
        const backend = open();
        const map = backend.open("map", mapState<unknown, string>());
        backend.setCurrentKey("a");
        map.put([1, "x"], "array");
        map.put({ a: 1, b: 2 }, "object");
        map.put(new Date(3), "date");
        map.put('[1,"x"]', "text");
        map.put(undefined, "undefined");

        expect(map.get([1, "x"])).toBe("array");
        expect(map.get({ b: 2, a: 1 })).toBe("object");
        expect(map.get(new Date(3))).toBe("date");
        expect(map.get('[1,"x"]')).toBe("text");
        expect(map.get(["missing"])).toBeUndefined();
        map.remove(["missing"]);
        expect(map.get(undefined)).toBe("undefined");
        map.remove([1, "x"]);
        expect(map.contains([1, "x"])).toBe(false);
        expect([...map.keys()]).toHaveLength(4);
      });

      it("allows removing rows while they are listed", () => {
        const backend = open();
        const map = backend.open("map", mapState<number, number>());
        backend.setCurrentKey("a");
        for (let i = 0; i < 10; i++) map.put(i, i);
        for (const [key] of map.entries()) if (key % 2 === 0) map.remove(key);
        expect([...map.keys()].sort()).toEqual([1, 3, 5, 7, 9]);
      });
    });

    describe("reducing and aggregating state", () => {
      it("folds what is added", () => {
        const backend = open();
        const sum = backend.open("sum", reducingState<number>((a, b) => a + b)); // biome-ignore format: one line
        const average = backend.open("average", aggregatingState(mean));
        backend.setCurrentKey("a");
        expect(sum.get()).toBeUndefined();
        expect(average.get()).toBeUndefined();

        for (const value of [1, 2, 6]) {
          sum.add(value);
          average.add(value);
        }

        expect(sum.get()).toBe(9);
        expect(average.get()).toBe(3);
        sum.clear();
        average.clear();
        expect(sum.get()).toBeUndefined();
        expect(average.get()).toBeUndefined();
      });
    });

    describe("windowed state", () => {
      const first = { start: 0, end: 10 };
      const second = { start: 10, end: 20 };
      const both = { start: 0, end: 20 };

      it("keeps windows of one key apart", () => {
        const backend = open();
        const count = backend.openWindowed("count", valueState({ initial: 0 }));
        backend.setCurrentKey(1);
        count.select(first);
        count.update(1);
        count.select(second);
        expect(count.value()).toBe(0);
        count.update(2);
        backend.setCurrentKey(2);
        expect(count.value()).toBe(0);
        backend.setCurrentKey(1);
        count.select({ ...first });
        expect(count.value()).toBe(1);
        count.clear();
        count.select(second);
        expect(count.value()).toBe(2);
      });

      it("merges lists, reduced and aggregated values of windows", () => {
        const backend = open();
        const list = backend.openWindowed("list", listState<number>());
        const sum = backend.openWindowed("sum", reducingState<number>((a, b) => a + b)); // biome-ignore format: one line
        const average = backend.openWindowed("average", aggregatingState(mean));
        backend.setCurrentKey("a");
        for (const state of [list, sum, average]) {
          state.select(first);
          state.add(1);
          state.select(second);
          state.add(3);
          state.mergeWindows(both, [first, second]);
        }

        expect([...list.get()]).toEqual([1, 3]);
        expect(sum.get()).toBe(4);
        expect(average.get()).toBe(2);
        expect(backend.entryCount()).toBe(3);
        for (const state of [list, sum, average]) {
          state.select(second);
          state.add(8);
          state.mergeWindows(both, [both, second, first]);
        }
        expect([...list.get()]).toEqual([1, 3, 8]);
        expect(sum.get()).toBe(12);
        expect(average.get()).toBe(4);
      });

      it("restores each window", () => {
        const backend = open();
        const list = backend.openWindowed("list", listState<number>());
        for (const key of ["a", "b"]) {
          backend.setCurrentKey(key);
          for (const window of [first, second]) {
            list.select(window);
            list.add(window.start);
          }
        }
        const copy = restored(readAll(backend.freeze()));
        const again = copy.openWindowed("list", listState<number>());
        for (const key of ["a", "b"]) {
          copy.setCurrentKey(key);
          for (const window of [first, second]) {
            again.select(window);
            expect([...again.get()]).toEqual([window.start]);
          }
        }
      });
    });

    describe("a time to live", () => {
      const at = (nowMs: number): void => {
        clock.now = nowMs;
      };

      it("forgets a value once its time is over", () => {
        at(1000);
        const backend = open();
        const state = backend.open("state", valueState<string>({ ttl: "10s" }));
        backend.setCurrentKey("a");
        state.update("x");
        at(10_999);
        expect(state.value()).toBe("x");
        at(11_000);
        expect(state.value()).toBeUndefined();
        expect(backend.entryCount()).toBe(0);
      });

      it("starts anew with each write, and with reads only when asked to", () => {
        at(0);
        const backend = open();
        const written = backend.open("written", valueState<string>({ ttl: 10 }));
        const read = backend.open("read", valueState<string>({ ttl: { after: 10, refreshOn: "read-and-write" } }));
        backend.setCurrentKey("a");
        written.update("x");
        read.update("x");
        at(9);
        written.value();
        read.value();
        at(10);
        expect(written.value()).toBeUndefined();
        expect(read.value()).toBe("x");
        at(19);
        read.update("y");
        at(28);
        expect(read.value()).toBe("y");
      });

      it("returns what has expired but is still there only when asked to, and once", () => {
        at(0);
        const backend = open();
        const state = backend.open("state", valueState<string>({ ttl: { after: 10, returnExpired: true } }));
        backend.setCurrentKey("a");
        state.update("x");
        at(20);
        expect(state.value()).toBe("x");
        expect(state.value()).toBeUndefined();
      });

      it("is per element of a list and per row of a map", () => {
        at(0);
        const backend = open();
        const list = backend.open("list", listState<string>({ ttl: 10 }));
        const map = backend.open("map", mapState<string, string>({ ttl: 10 }));
        backend.setCurrentKey("a");
        list.add("old");
        map.put("old", "x");
        at(5);
        list.add("new");
        map.put("new", "y");
        at(10);
        expect([...list.get()]).toEqual(["new"]);
        expect(map.contains("old")).toBe(false);
        expect([...map.entries()]).toEqual([["new", "y"]]);
        expect(map.get("old")).toBeUndefined();
        at(15);
        expect([...list.get()]).toEqual([]);
        expect(map.isEmpty()).toBe(true);
        expect([...map.keys()]).toEqual([]);
      });

      it("keeps what is written right after the current key's last expired row was cleaned away", () => {
        at(0);
        const backend = open();
        const map = backend.open("map", mapState<string, string>({ ttl: 10 }));
        backend.setCurrentKey("a");
        map.put("old", "x");
        at(20);
        expect(map.get("new")).toBeUndefined();
        map.put("new", "y");
        expect(map.get("new")).toBe("y");
        expect(backend.entryCount()).toBe(1);
      });

      it("removes what has expired under other keys, a few entries at each access", () => {
        at(0);
        const backend = open();
        const value = backend.open("value", valueState<number>({ ttl: 10 }));
        const list = backend.open("list", listState<number>({ ttl: 10 }));
        const map = backend.open("map", mapState<string, number>({ ttl: 10 }));
        for (let key = 0; key < 100; key++) {
          backend.setCurrentKey(key);
          value.update(key);
          list.add(key);
          map.put("x", key);
        }
        expect(backend.entryCount()).toBe(300);
        at(20);
        backend.setCurrentKey("other");
        value.value();
        expect(backend.entryCount()).toBeGreaterThan(290);
        for (let i = 0; i < 200; i++) {
          value.value();
          list.get();
          map.get("x");
        }
        expect(backend.entryCount()).toBe(0);
      });

      it("applies to reducing and aggregating state as a whole", () => {
        at(0);
        const backend = open();
        const sum = backend.open("sum", reducingState<number>((a, b) => a + b, { ttl: 10 })); // biome-ignore format: one line
        backend.setCurrentKey("a");
        sum.add(1);
        at(9);
        sum.add(1);
        at(18);
        expect(sum.get()).toBe(2);
        at(19);
        sum.add(5);
        expect(sum.get()).toBe(5);
      });

      it("goes on after a restore, and leaves out of snapshots what has expired", () => {
        at(0);
        const backend = open();
        const declared = { value: valueState<string>({ ttl: 10 }), list: listState<string>({ ttl: 10 }), map: mapState<string, string>({ ttl: 10 }) }; // biome-ignore format: one line
        const openAll = (on: KeyedStateBackend) => ({
          value: on.open("value", declared.value),
          list: on.open("list", declared.list),
          map: on.open("map", declared.map),
        });
        const states = openAll(backend);
        const write = (key: string, text: string) => {
          backend.setCurrentKey(key);
          states.value.update(text);
          states.list.add(text);
          states.map.put(text, text);
        };
        write("a", "old");
        at(5);
        write("b", "new");
        at(10);
        const copy = restored(readAll(backend.freeze()));
        expect(copy.entryCount()).toBe(3);
        const again = openAll(copy);
        copy.setCurrentKey("b");
        expect([again.value.value(), [...again.list.get()], again.map.get("new")]).toEqual(["new", ["new"], "new"]);
        at(15);
        expect([again.value.value(), [...again.list.get()], again.map.get("new")]).toEqual([undefined, [], undefined]);
      });

      it("refuses to be enabled or disabled on restored state", () => {
        at(0);
        const backend = open();
        const plain = backend.open("plain", valueState<string>());
        const timed = backend.open("timed", valueState<string>({ ttl: 10 }));
        backend.setCurrentKey("a");
        plain.update("x");
        timed.update("x");
        const copy = restored(readAll(backend.freeze()));
        expect(() => copy.open("plain", valueState<string>({ ttl: 10 }))).toThrow(/time to live.*\s.*ttl/);
        expect(() => copy.open("timed", valueState<string>())).toThrow(
          expect.objectContaining({ code: "STATE_INCOMPATIBLE" }),
        );
      });
    });

    describe("slices", () => {
      const sum = (a: number, b: number): number => a + b;

      it("keeps an accumulator per key and slice", () => {
        const backend = open();
        const slices = backend.openSlices<number>("slices", (n) => n);
        backend.setCurrentKey(1);
        slices.put(10, 1);
        slices.put(20, 2);
        backend.setCurrentKey(2);
        slices.put(20, 3);
        expect(slices.get(10)).toBeUndefined();
        expect(slices.get(20)).toBe(3);
        expect(slices.slices()).toEqual([10, 20]);
        slices.drop(10);
        expect(slices.slices()).toEqual([20]);
        backend.setCurrentKey(1);
        expect(slices.get(10)).toBeUndefined();
        expect(slices.get(20)).toBe(2);
      });

      it("visits each key once, with its slices combined in order and its key made the current one", () => {
        const backend = open();
        const slices = backend.openSlices<string>("slices", (text) => text);
        const put = (key: unknown, slice: number, text: string) => {
          backend.setCurrentKey(key);
          slices.put(slice, text);
        };
        put("a", 10, "1");
        put("a", 30, "3");
        put("a", 20, "2");
        put("b", 20, "b");
        put("c", 40, "c");

        const seen = new Map<unknown, string>();
        slices.visit([10, 20, 30], (x, y) => x + y, (key, text) => {
          expect(backend.currentKey()).toBe(key);
          expect(seen.has(key)).toBe(false);
          seen.set(key, text);
        }); // biome-ignore format: reads as a call

        expect(seen).toEqual(new Map([["a", "123"], ["b", "b"]])); // biome-ignore format: one line
        expect(slices.slices()).toEqual([10, 20, 30, 40]);
      });

      it("does not change what is kept, even where combining changes its first argument or returns its second", () => {
        const backend = open();
        const slices = backend.openSlices<{ n: number }>("slices", (a) => ({ ...a }));
        backend.setCurrentKey("a");
        for (const slice of [1, 2, 3]) slices.put(slice, { n: slice });
        const visit = (combine: (a: { n: number }, b: { n: number }) => { n: number }): number[] => {
          const seen: number[] = [];
          slices.visit([1, 2, 3], combine, (_key, accumulator) => {
            seen.push(accumulator.n);
            accumulator.n = -1;
          });
          return seen;
        };
        const add = (a: { n: number }, b: { n: number }) => {
          a.n += b.n;
          return a;
        };
        expect(visit(add)).toEqual([6]);
        expect(visit((a, b) => (a.n < b.n && a.n < 3 ? b : add(a, b)))).toEqual([3]);
        slices.visit([2], add, (_key, accumulator) => {
          accumulator.n = -1;
        });
        expect(slices.get(2)).toEqual({ n: 2 });
      });

      it("combines numbers into anything", () => {
        const backend = open();
        const slices = backend.openSlices<unknown>("slices", (n) => n);
        for (const key of [1, 2]) {
          backend.setCurrentKey(key);
          slices.put(10, key);
          slices.put(20, key);
        }
        const seen: unknown[] = [];
        slices.visit([10, 20], (a, b) => `${a}+${b}`, (key, text) => seen.push([key, text])); // biome-ignore format: one line
        expect(new Set(seen.map(String))).toEqual(new Set(["1,1+1", "2,2+2"]));
      });

      it("belongs to a snapshot even when dropped while that is read", () => {
        const backend = open();
        const slices = backend.openSlices<number>("slices", (n) => n);
        for (let key = 0; key < 50; key++) {
          backend.setCurrentKey(key);
          slices.put(10, key);
          slices.put(20, -key);
        }
        const frozen = backend.freeze();
        const first = frozen.next(7)!;
        slices.drop(10);
        backend.setCurrentKey(3);
        slices.put(10, 777);
        const rest = readAll(frozen);
        const copy = restored({ ...rest, pieces: [first, ...rest.pieces] });
        const again = copy.openSlices<number>("slices", (n) => n);
        const seen = new Map<unknown, number>();
        again.visit([10, 20], sum, (key, n) => seen.set(key, n));
        expect(seen).toEqual(new Map(Array.from({ length: 50 }, (_, key) => [key, 0])));
        expect(again.slices()).toEqual([10, 20]);
      });
    });

    describe("timers", () => {
      const firedUntil = (
        backend: KeyedStateBackend,
        name: ReturnType<KeyedStateBackend["openTimers"]>,
        ms: number,
      ) => {
        const fired: unknown[] = [];
        name.fireUntil(ms, (timestampMs, window) => {
          fired.push(
            window === undefined ? [timestampMs, backend.currentKey()] : [timestampMs, backend.currentKey(), window],
          );
        });
        return fired;
      };

      it("fire in the order of time, once, with their key made the current one", () => {
        const backend = open();
        const timers = backend.openTimers("timers");
        backend.setCurrentKey("a");
        timers.register(30);
        timers.register(10);
        timers.register(10);
        backend.setCurrentKey("b");
        timers.register(20);
        expect(timers.size).toBe(3);
        expect(timers.nextTimestampMs()).toBe(10);

        expect(firedUntil(backend, timers, 20)).toEqual([[10, "a"], [20, "b"]]); // biome-ignore format: one line
        expect(firedUntil(backend, timers, 20)).toEqual([]);
        expect(timers.nextTimestampMs()).toBe(30);
        expect(timers.size).toBe(1);
      });

      it("tells windows apart", () => {
        const backend = open();
        const timers = backend.openTimers("timers");
        const window = { start: 0, end: 10 };
        backend.setCurrentKey("a");
        timers.register(9, window);
        timers.register(9, { ...window });
        timers.register(9, { start: 5, end: 10 });
        timers.register(9);
        timers.delete(9, { start: 5, end: 10 });
        // In any order: they have one time.
        expect(new Set(firedUntil(backend, timers, 9))).toEqual(new Set([[9, "a", window], [9, "a"]])); // biome-ignore format: one line
      });

      it("can be deleted, and deleting what is not there does nothing", () => {
        const backend = open();
        const timers = backend.openTimers("timers");
        backend.setCurrentKey("a");
        timers.register(10);
        timers.register(20);
        timers.delete(10);
        timers.delete(10);
        timers.delete(99);
        backend.setCurrentKey("b");
        timers.delete(20);
        expect(timers.nextTimestampMs()).toBe(20);
        backend.setCurrentKey("a");
        timers.delete(20);
        expect(timers.nextTimestampMs()).toBe(MAX_TIMESTAMP + 1);
        expect(timers.size).toBe(0);
        timers.register(10);
        expect(firedUntil(backend, timers, 100)).toEqual([[10, "a"]]);
      });

      it("that are registered while others fire, and are due, fire in the same call", () => {
        const backend = open();
        const timers = backend.openTimers("timers");
        const fired: unknown[] = [];
        for (const key of ["a", "b"]) {
          backend.setCurrentKey(key);
          timers.register(10);
        }
        timers.fireUntil(20, (ms) => {
          fired.push([ms, backend.currentKey()]);
          if (ms === 10) {
            timers.register(5);
            timers.register(15);
            timers.register(25);
          }
        });
        expect(fired).toEqual([[10, "a"], [5, "a"], [10, "b"], [5, "b"], [15, "a"], [15, "b"]]); // biome-ignore format: one line
        expect(timers.size).toBe(2);
      });

      it("of the end of time fire at the end of time", () => {
        const backend = open();
        const timers = backend.openTimers("timers");
        backend.setCurrentKey("a");
        timers.register(MAX_TIMESTAMP);
        expect(firedUntil(backend, timers, MAX_TIMESTAMP - 1)).toEqual([]);
        expect(firedUntil(backend, timers, MAX_TIMESTAMP)).toEqual([[MAX_TIMESTAMP, "a"]]);
      });

      it("refuse a time that is not a number", () => {
        const backend = open();
        const timers = backend.openTimers("timers");
        backend.setCurrentKey("a");
        expect(() => timers.register(Number.NaN)).toThrow(expect.objectContaining({ code: "NO_TIMESTAMP" }));
      });

      it("are restored with their keys and windows", () => {
        const backend = open();
        const timers = backend.openTimers("timers");
        for (const key of ["a", "b", ["c", 1]]) {
          backend.setCurrentKey(key);
          timers.register(10);
          timers.register(20, { start: 0, end: 20 });
        }
        const copy = restored(readAll(backend.freeze()));
        const again = copy.openTimers("timers");
        expect(again.size).toBe(6);
        expect(new Set(firedUntil(copy, again, 20).map(String))).toEqual(
          new Set(firedUntil(backend, timers, 20).map(String)),
        );
      });
    });

    describe("forEachKey", () => {
      it("visits every key of a state once, makes it current, and then goes back to the key before", () => {
        const backend = open();
        const count = backend.open("count", valueState<number>());
        const other = backend.open("other", valueState<number>());
        const windowed = backend.openWindowed("windowed", valueState<number>());
        for (const key of [1, "x", ["y"]]) {
          backend.setCurrentKey(key);
          count.update(1);
          for (const start of [0, 10]) {
            windowed.select({ start, end: start + 10 });
            windowed.update(1);
          }
        }
        backend.setCurrentKey("z");
        other.update(1);

        for (const name of ["count", "windowed"]) {
          const seen: unknown[] = [];
          backend.forEachKey(name, (key) => {
            expect(backend.currentKey()).toEqual(key);
            seen.push(key);
          });
          expect(new Set(seen.map(String))).toEqual(new Set(["1", "x", "y"]));
          expect(seen).toHaveLength(3);
        }
        expect(backend.currentKey()).toBe("z");
        backend.forEachKey("count", () => count.clear());
        backend.forEachKey("count", () => expect.unreachable());
        expect(() => backend.forEachKey("nothing", () => {})).toThrow(/no state called "nothing".*\s.*"count"/);
      });
    });

    describe("snapshots", () => {
      it("contain the state as it was at the freeze, whatever changes while they are read", () => {
        const backend = open();
        const value = backend.open("value", valueState<unknown>());
        const list = backend.open("list", listState<number>());
        const map = backend.open("map", mapState<string, { n: number }>());
        const average = backend.open("average", aggregatingState(mean));
        const numbers = backend.open("numbers", valueState<number>());
        for (let key = 0; key < 20; key++) {
          backend.setCurrentKey(key);
          value.update({ key });
          list.addAll([key, key]);
          map.put("x", { n: key });
          average.add(key);
          numbers.update(key);
        }

        const frozen = backend.freeze();
        for (let key = 0; key < 40; key++) {
          backend.setCurrentKey(key);
          const held = value.value() as { key: number } | undefined;
          if (held !== undefined) held.key = -1;
          list.add(99);
          const row = map.get("x");
          if (row !== undefined) row.n = -1;
          map.put("y", { n: 1 });
          average.add(1000);
          if (key % 3 === 0) for (const state of [value, list, map, average, numbers]) state.clear();
          else numbers.update(-1);
        }

        const copy = restored(readAll(frozen));
        const again = {
          value: copy.open("value", valueState<unknown>()),
          list: copy.open("list", listState<number>()),
          map: copy.open("map", mapState<string, { n: number }>()),
          average: copy.open("average", aggregatingState(mean)),
          numbers: copy.open("numbers", valueState<number>()),
        };
        expect(copy.entryCount()).toBe(100);
        for (let key = 0; key < 20; key++) {
          copy.setCurrentKey(key);
          expect(again.value.value()).toEqual({ key });
          expect([...again.list.get()]).toEqual([key, key]);
          expect([...again.map.entries()]).toEqual([["x", { n: key }]]);
          expect(again.average.get()).toBe(key);
          expect(again.numbers.value()).toBe(key);
        }
      });

      it("come as pieces in the order of key groups, which restore one by one or joined", () => {
        const backend = open();
        const value = backend.open("value", valueState<{ n: number }>());
        const timers = backend.openTimers("timers");
        for (let key = 0; key < 100; key++) {
          backend.setCurrentKey(`key ${key}`);
          value.update({ n: key });
          timers.register(key);
        }
        const { states, pieces } = readAll(backend.freeze());
        const groups = pieces.map(({ keyGroup }) => keyGroup);
        expect(groups).toEqual([...groups].sort((a, b) => a - b));
        expect(new Set(groups).size).toBe(MAX_PARALLELISM);
        const joined = [...new Set(groups)].map((keyGroup) => ({
          keyGroup,
          bytes: Buffer.concat(pieces.filter((piece) => piece.keyGroup === keyGroup).map(({ bytes }) => bytes)),
        }));
        for (const some of [pieces, joined]) {
          const copy = restored({ states, pieces: some });
          const again = copy.open("value", valueState<{ n: number }>());
          expect(copy.entryCount()).toBe(200);
          copy.setCurrentKey("key 42");
          expect(again.value()).toEqual({ n: 42 });
        }
      });

      it("are complete when the next freeze comes before they have been read", () => {
        const backend = open();
        const value = backend.open("value", valueState<number>());
        for (let key = 0; key < 30; key++) {
          backend.setCurrentKey(key);
          value.update(1);
        }
        const first = backend.freeze();
        const begun = first.next(5)!;
        for (let key = 0; key < 30; key++) {
          backend.setCurrentKey(key);
          value.update(2);
        }
        const second = backend.freeze();
        backend.setCurrentKey(0);
        value.update(3);

        const total = ({ states, pieces }: Snapshot): number => {
          const copy = restored({ states, pieces });
          const again = copy.open("value", valueState<number>());
          let sum = 0;
          copy.forEachKey("value", () => {
            sum += again.value() ?? 0;
          });
          return sum;
        };
        expect(total(readAll(second))).toBe(60);
        const rest = readAll(first);
        expect(total({ ...rest, pieces: [begun, ...rest.pieces] })).toBe(30);
      });

      it("that are given up leave the state and the next snapshot as they should be", () => {
        const backend = open();
        const value = backend.open("value", valueState<{ n: number }>());
        const numbers = backend.open("numbers", valueState<number>());
        const timers = backend.openTimers("timers");
        for (let key = 0; key < 30; key++) {
          backend.setCurrentKey(key);
          value.update({ n: 1 });
          numbers.update(1);
          timers.register(key);
        }
        const first = backend.freeze();
        first.next(10);
        backend.setCurrentKey(7);
        value.update({ n: 2 });
        numbers.update(2);
        timers.delete(7);
        first.release();
        expect(first.next(10)).toBeUndefined();
        backend.setCurrentKey(8);
        value.update({ n: 2 });
        numbers.update(2);

        const copy = restored(readAll(backend.freeze()));
        expect(copy.entryCount()).toBe(89);
        const again = copy.open("value", valueState<{ n: number }>());
        const number = copy.open("numbers", valueState<number>());
        for (let key = 0; key < 30; key++) {
          copy.setCurrentKey(key);
          const expected = key === 7 || key === 8 ? 2 : 1;
          expect([again.value(), number.value()]).toEqual([{ n: expected }, expected]);
        }
      });

      it("describe the states with the types of what they hold", () => {
        const backend = open();
        const value = backend.open("value", valueState<unknown>());
        const map = backend.open("map", mapState<string, number>());
        backend.open("declared", valueState<number>({ schema: { type: "number" } }));
        backend.openTimers("timers");
        backend.openSlices<number>("slices", (n) => n);
        backend.setCurrentKey("a");
        value.update({ price: 1, name: "x" });
        map.put("x", 1);
        const frozen = backend.freeze();
        const { states } = readAll(frozen);
        expect(states.map(({ name, kind }) => `${name}: ${kind}`)).toEqual(["value: value", "map: map", "declared: value", "timers: timers", "slices: slices"]); // biome-ignore format: one line
        expect(states[0]).toEqual({
          name: "value",
          kind: "value",
          windowed: false,
          ttl: false,
          keySchema: { type: "string" },
          valueSchema: { type: "object", fields: { price: { type: "number" }, name: { type: "string" } } },
        });
        expect(states[1]?.valueSchema).toEqual({ type: "map", keys: { type: "string" }, values: { type: "number" } });
        expect(states[2]?.valueSchema).toEqual({ type: "number" });
      });

      it("keep restored states that nobody opens, with their types", () => {
        const backend = open();
        const kept = {
          value: backend.open("value", valueState<number>({ ttl: 1000 })),
          list: backend.openWindowed("list", listState<string>()),
          map: backend.open("map", mapState<string, number>()),
          slices: backend.openSlices<number>("slices", (n) => n),
          timers: backend.openTimers("timers"),
        };
        backend.setCurrentKey("a");
        kept.value.update(1);
        kept.list.select({ start: 0, end: 5 });
        kept.list.add("x");
        kept.map.put("x", 1);
        kept.slices.put(10, 2);
        kept.timers.register(7);
        const before = readAll(backend.freeze());
        const after = readAll(restored(before).freeze());
        expect(after.states).toEqual(before.states);
        const copy = restored(after);
        expect(copy.entryCount()).toBe(5);
        const list = copy.openWindowed("list", listState<string>());
        copy.setCurrentKey("a");
        list.select({ start: 0, end: 5 });
        expect([...list.get()]).toEqual(["x"]);
        expect(copy.openTimers("timers").nextTimestampMs()).toBe(7);
      });

      it("of a state that grows after them restore what was there", () => {
        const backend = open();
        const late = backend.freeze();
        const value = backend.open("value", valueState<number>());
        backend.setCurrentKey(1);
        value.update(1);
        expect(readAll(late)).toEqual({ states: [], pieces: [] });
      });

      it("can be taken again and again", () => {
        const backend = open();
        const value = backend.open("value", valueState<{ n: number }>());
        for (let round = 1; round <= 5; round++) {
          for (let key = 0; key < 20 * round; key++) {
            backend.setCurrentKey(key);
            value.update({ n: round });
          }
          const copy = restored(readAll(backend.freeze()));
          expect(copy.entryCount()).toBe(20 * round);
          const again = copy.open("value", valueState<{ n: number }>());
          copy.setCurrentKey(20 * round - 1);
          expect(again.value()).toEqual({ n: round });
        }
      });

      it("fail, naming the state, where a value cannot be saved; the program and the next snapshot go on", () => {
        const backend = open();
        const value = backend.open("broken", valueState<unknown>());
        backend.setCurrentKey("a");
        value.update({ live: () => {} });
        const error = expect.objectContaining({
          code: "VALUE_NOT_ENCODABLE",
          message: expect.stringContaining('"broken"'),
        });
        expect(() => readAll(backend.freeze())).toThrow(error);

        const frozen = backend.freeze();
        value.update("whole");
        expect(() => readAll(frozen)).toThrow(error);
        expect(frozen.next(1)).toBeUndefined();

        const copy = restored(readAll(backend.freeze()));
        copy.setCurrentKey("a");
        expect(copy.open("broken", valueState<unknown>()).value()).toBe("whole");
      });

      it("fail where a value is not of the declared type", () => {
        const backend = open();
        const value = backend.open("count", valueState<unknown>({ schema: { type: "number" } }));
        backend.setCurrentKey("a");
        value.update("1");
        expect(() => readAll(backend.freeze())).toThrow(expect.objectContaining({ code: "SCHEMA_MISMATCH" }));
      });
    });

    describe("a restore", () => {
      it("tells which states that hold something nobody has opened", () => {
        const before = open();
        const emptied = before.open("emptied", valueState<number>());
        before.setCurrentKey("a");
        before.open("number", valueState<number>()).update(1);
        before.openSlices<number>("slices", (n) => n).put(10, 1);
        before.openTimers("timers").register(5);
        emptied.update(1);
        emptied.clear();

        const backend = restored(readAll(before.freeze()));
        expect(backend.unopened().map(({ name, kind }) => `${kind} ${name}`)).toEqual([
          "value number",
          "slices slices",
          "timers timers",
        ]);
        backend.openTimers("timers");
        backend.open("number", valueState<number>());
        backend.open("new", valueState<number>());

        expect(backend.unopened().map(({ name }) => name)).toEqual(["slices"]);
        expect(open().unopened()).toEqual([]);
      });

      const snapshot = (): Snapshot => {
        const backend = open();
        const value = backend.open("value", valueState<{ price: string }>());
        backend.open("count", valueState({ initial: 0 }));
        backend.setCurrentKey("a");
        value.update({ price: "1" });
        return readAll(backend.freeze());
      };
      const incompatible = (pattern: RegExp) =>
        expect.objectContaining({ code: "STATE_INCOMPATIBLE", message: expect.stringMatching(pattern) });

      it("refuses another kind of state, naming both", () => {
        expect(() => restored(snapshot()).open("value", listState<string>())).toThrow(
          incompatible(/"value" of operator "count per page" is value state in the snapshot and list state/),
        );
        expect(() => restored(snapshot()).openWindowed("value", valueState<string>())).toThrow(
          incompatible(/windowed value state/),
        );
      });

      it("refuses a declared type that the values do not fit, naming the field", () => {
        const schema = { type: "object", fields: { price: { type: "number" } } } as const;
        expect(() => restored(snapshot()).open("value", valueState<{ price: number }>({ schema }))).toThrow(
          incompatible(/field "price": was string, is number/),
        );
      });

      it("refuses an initial value of another type than the values, and accepts one that knows less or more", () => {
        const open = (initial: unknown) => restored(snapshot()).open("value", valueState<unknown>({ initial }));
        expect(() => open(0)).toThrow(incompatible(/was \{ price: string \}, is number/));
        expect(() => open({ price: 0 })).toThrow(incompatible(/field "price": was string, is number/));
        expect(() => open({ price: null })).not.toThrow();
        expect(() => open({})).not.toThrow();
        expect(() => open(() => ({ price: "", sold: 0 }))).not.toThrow();
      });

      it("gives values the fields that the initial value has and none of them has", () => {
        const snapshotOfTwo = (): Snapshot => {
          const backend = open();
          const value = backend.open("value", valueState({ initial: { price: "" } }));
          for (const key of ["a", "b"]) {
            backend.setCurrentKey(key);
            value.update({ price: key });
          }
          return readAll(backend.freeze());
        };
        const backend = restored(snapshotOfTwo());
        const value = backend.open("value", valueState({ initial: { price: "", tags: ["new"] } }));
        for (const key of ["a", "b"]) {
          backend.setCurrentKey(key);
          expect(value.value()).toEqual({ price: key, tags: ["new"] });
        }
        const before = value.value().tags;
        backend.setCurrentKey("a");
        expect(value.value().tags).not.toBe(before);
      });

      it("migrates every value, element and row once, and what it removes is gone", () => {
        const backend = open();
        const state = {
          value: backend.open("value", valueState<number>()),
          list: backend.open("list", listState<number>({ ttl: "1h" })),
          map: backend.open("map", mapState<string, number>()),
          window: backend.openWindowed(
            "window",
            reducingState<number>((a, b) => a + b),
          ),
        };
        for (const key of [1, 2, 3]) {
          backend.setCurrentKey(key);
          state.value.update(key);
          state.list.addAll([key, -key]);
          state.map.put("x", key);
          state.map.put("y", -key);
          state.window.select({ start: 0, end: 10 });
          state.window.add(key);
        }
        const options = {
          version: 1,
          migrate: (old: unknown) => ((old as number) < 0 ? undefined : { was: old as number }),
        };
        const openAll = (copy: KeyedStateBackend) => ({
          value: copy.open("value", valueState<{ was: number }>(options)),
          list: copy.open("list", listState<{ was: number }>({ ...options, ttl: "1h" })),
          map: copy.open("map", mapState<string, { was: number }>(options)),
          window: copy.openWindowed(
            "window",
            reducingState<{ was: number }>((a) => a, options),
          ),
        });
        const contents = (copy: KeyedStateBackend): unknown[] => {
          const { value, list, map, window } = openAll(copy);
          window.select({ start: 0, end: 10 });
          return [1, 2, 3].map((key) => {
            copy.setCurrentKey(key);
            return [value.value(), list.get(), [...map.entries()], window.get()];
          });
        };
        const expected = [1, 2, 3].map((was) => [{ was }, [{ was }], [["x", { was }]], { was }]);

        const migrated = restored(readAll(backend.freeze()));
        expect(contents(migrated)).toEqual(expected);
        expect(contents(restored(readAll(migrated.freeze())))).toEqual(expected);
      });

      it("takes migrated values of any type, also of keys and values that were numbers", () => {
        const backend = open();
        const value = backend.open("value", valueState({ initial: 0 }));
        for (let key = 0; key < 50; key++) {
          backend.setCurrentKey(key);
          value.update(key);
        }
        const text = valueState({ initial: "", migrate: (old) => `${old}` });
        const migrated = restored(readAll(backend.freeze()));
        const texts = migrated.open("value", text);
        migrated.setCurrentKey(7);
        expect(texts.value()).toBe("7");
        texts.update("seven");

        const copy = restored(readAll(migrated.freeze()));
        const again = copy.open("value", text);
        copy.setCurrentKey(7);
        expect(again.value()).toBe("seven");
        copy.setCurrentKey(8);
        expect(again.value()).toBe("8");
      });

      it("says for which key a migration failed", () => {
        const migrate = (): string => {
          throw new Error("no such price");
        };
        expect(() =>
          restored(snapshot()).open("value", valueState({ initial: { price: 0 }, migrate: migrate as never })),
        ).toThrow(incompatible(/"value" of operator "count per page" could not be migrated.*key "a"/));
      });

      it("keeps what earlier programs said of states that nobody opens", () => {
        const backend = open();
        const value = backend.open("value", valueState({ version: 3 }));
        backend.setCurrentKey("a");
        value.update(1);
        const unopened = restored(readAll(backend.freeze()));
        const again = restored(readAll(unopened.freeze()));
        expect(() => again.open("value", valueState({ version: 2 }))).toThrow(incompatible(/version 3/));
      });

      it("refuses bytes that are no snapshot, naming the operator", () => {
        const { states } = snapshot();
        const pieces = [{ keyGroup: 0, bytes: new Uint8Array([99, 1, 2]) }];
        expect(() => restored({ states, pieces })).toThrow(
          expect.objectContaining({ code: "CHECKPOINT_CORRUPT", message: expect.stringContaining("count per page") }),
        );
      });

      it("passes over key groups of other subtasks", () => {
        const backend = open();
        const value = backend.open("value", valueState<number>());
        for (let key = 0; key < 100; key++) {
          backend.setCurrentKey(key);
          value.update(key);
        }
        const all = readAll(backend.freeze());
        const parts = [restored(all, { start: 0, end: 2 }), restored(all, { start: 3, end: MAX_PARALLELISM - 1 })];
        expect(parts.every((part) => part.entryCount() > 0)).toBe(true);
        expect(parts[0]!.entryCount() + parts[1]!.entryCount()).toBe(100);

        const whole = open();
        for (const part of parts) {
          const { states, pieces } = readAll(part.freeze());
          whole.restore(states, pieces);
        }
        expect(whole.entryCount()).toBe(100);
      });
    });
  });
}
