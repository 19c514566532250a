/** Laws of snapshots: whatever happens while one is read, it holds what there was at the freeze. For every back end. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { KeyGroupRange } from "../core/key-group.ts";
import { MAX_TIMESTAMP } from "../core/time.ts";
import { aggregatingState, listState, mapState, type StateOf, valueState } from "./descriptors.ts";
import { type NewBackend, type Snapshot, TestClock } from "./keyed-state-backend.contract.ts";
import type { FrozenKeyedState, FrozenPiece, KeyedStateBackend, Windowed } from "./keyed-state-backend.ts";

/** Few, so that one key group gets enough keys to grow and to be read in many slices. */
const GROUPS = 3;
const TTL_MS = 100;
const WINDOWS = [
  { start: 0, end: 10 },
  { start: 10, end: 30 },
] as const;
const SLICES = [10, 20, 30];

interface Counted {
  n: number;
}

const DECLARED = {
  value: valueState<Counted | string>(),
  numbers: valueState<unknown>(),
  list: listState<Counted>(),
  map: mapState<unknown, Counted>(),
  total: aggregatingState<number, Counted, number>({
    createAccumulator: () => ({ n: 0 }),
    add: (value, accumulator) => {
      accumulator.n += value;
      return accumulator;
    },
    getResult: ({ n }) => n,
  }),
  timed: valueState<number>({ ttl: TTL_MS }),
  timedList: listState<number>({ ttl: TTL_MS }),
  timedMap: mapState<number, number>({ ttl: TTL_MS }),
  windowed: listState<number>(),
};

type Declared = typeof DECLARED;
type States = { readonly [Name in keyof Declared]: StateOf<Declared[Name]> } & {
  readonly windowed: Windowed<StateOf<Declared["windowed"]>>;
};

/** A back end with one state of each kind. */
class Subject {
  readonly backend: KeyedStateBackend;
  readonly states: States;
  readonly slices: ReturnType<typeof Subject.prototype.backend.openSlices<number>>;
  readonly timers: ReturnType<typeof Subject.prototype.backend.openTimers>;

  constructor(backend: KeyedStateBackend) {
    this.backend = backend;
    const entries = Object.entries(DECLARED).map(([name, declared]) => [
      name,
      name === "windowed" ? backend.openWindowed(name, declared) : backend.open(name, declared),
    ]);
    this.states = Object.fromEntries(entries) as States;
    this.slices = backend.openSlices<number>("slices", (n) => n);
    this.timers = backend.openTimers("timers");
  }
}

/** What should be there, by a text that names state, key and place. Values with a time to live carry the time. */
type Model = Map<string, unknown>;

/** One thing that happens to a subject and to the model alike. */
type Step = (subject: Subject, model: Model, nowMs: number) => void;

const place = (state: string, key: unknown, ...rest: readonly unknown[]): string =>
  JSON.stringify([state, key, ...rest]);

const isUnder = (name: string, state: string, key: unknown): boolean =>
  name.startsWith(`${place(state, key).slice(0, -1)},`);

const isFresh = (timeMs: number, nowMs: number): boolean => nowMs < timeMs + TTL_MS;

const keys = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 60 }) },
  { weight: 1, arbitrary: fc.constantFrom("a", "b", "a longer key than twelve characters") },
  { weight: 1, arbitrary: fc.constantFrom(["a", 1], ["b", 2]) },
);

const at =
  (key: unknown, step: Step): Step =>
  (subject, model, nowMs) => {
    subject.backend.setCurrentKey(key);
    step(subject, model, nowMs);
  };

const valueSteps = keys.chain((key) =>
  fc
    .oneof(
      fc.nat(9).map(
        (n): Step =>
          ({ states }, model) => {
            states.value.update({ n });
            model.set(place("value", key), { n });
          },
      ),
      fc.constant<Step>(({ states }, model) => {
        states.value.update("text");
        model.set(place("value", key), "text");
      }),
      fc.constant<Step>(({ states }, model) => {
        states.value.clear();
        model.delete(place("value", key));
      }),
      fc.nat(9).map(
        (n): Step =>
          ({ states }, model) => {
            const held = states.value.value();
            if (typeof held !== "object") return;
            held.n = n;
            states.value.update(held);
            model.set(place("value", key), { n });
          },
      ),
      fc
        .oneof(
          { weight: 20, arbitrary: fc.nat(9) as fc.Arbitrary<unknown> },
          { weight: 1, arbitrary: fc.constant("x") },
        )
        .map(
          (value): Step =>
            ({ states }, model) => {
              states.numbers.update(value);
              model.set(place("numbers", key), value);
            },
        ),
      fc.constant<Step>(({ states }, model) => {
        states.numbers.clear();
        model.delete(place("numbers", key));
      }),
      fc.nat(9).map(
        (n): Step =>
          ({ states }, model) => {
            states.total.add(n);
            const before = model.get(place("total", key)) as Counted | undefined;
            model.set(place("total", key), { n: n + (before?.n ?? 0) });
          },
      ),
      fc.constant<Step>(({ states }, model) => {
        states.total.clear();
        model.delete(place("total", key));
      }),
    )
    .map((step) => at(key, step)),
);

const containerSteps = keys.chain((key) =>
  fc
    .oneof(
      fc.nat(9).map(
        (n): Step =>
          ({ states }, model) => {
            states.list.add({ n });
            const before = (model.get(place("list", key)) as Counted[] | undefined) ?? [];
            model.set(place("list", key), [...before, { n }]);
          },
      ),
      fc.constant<Step>(({ states }, model) => {
        states.list.clear();
        model.delete(place("list", key));
      }),
      fc.tuple(mapKeys, fc.nat(9)).map(
        ([mapKey, n]): Step =>
          ({ states }, model) => {
            states.map.put(mapKey, { n });
            model.set(place("map", key, mapKey), { n });
          },
      ),
      fc.tuple(mapKeys, fc.nat(9)).map(
        ([mapKey, n]): Step =>
          ({ states }, model) => {
            const held = states.map.get(mapKey);
            if (held === undefined) return;
            held.n = n;
            states.map.put(mapKey, held);
            model.set(place("map", key, mapKey), { n });
          },
      ),
      mapKeys.map(
        (mapKey): Step =>
          ({ states }, model) => {
            states.map.remove(mapKey);
            model.delete(place("map", key, mapKey));
          },
      ),
      fc.constant<Step>(({ states }, model) => {
        states.map.clear();
        for (const name of [...model.keys()]) if (isUnder(name, "map", key)) model.delete(name);
      }),
      fc.tuple(fc.constantFrom(...WINDOWS), fc.nat(9)).map(
        ([window, n]): Step =>
          ({ states }, model) => {
            states.windowed.select(window);
            states.windowed.add(n);
            const before = (model.get(place("windowed", key, window)) as number[] | undefined) ?? [];
            model.set(place("windowed", key, window), [...before, n]);
          },
      ),
      fc.constantFrom(...WINDOWS).map(
        (window): Step =>
          ({ states }, model) => {
            states.windowed.select(window);
            states.windowed.clear();
            model.delete(place("windowed", key, window));
          },
      ),
    )
    .map((step) => at(key, step)),
);

const mapKeys = fc.oneof(fc.nat(20) as fc.Arbitrary<unknown>, fc.constantFrom("m", ["m", 1]));

const timedSteps = keys.chain((key) =>
  fc
    .oneof(
      fc.nat(9).map(
        (n): Step =>
          ({ states }, model, nowMs) => {
            states.timed.update(n);
            model.set(place("timed", key), { n, timeMs: nowMs });
          },
      ),
      fc.constant<Step>(({ states }, model, nowMs) => {
        const kept = model.get(place("timed", key)) as { n: number; timeMs: number } | undefined;
        const expected = kept !== undefined && isFresh(kept.timeMs, nowMs) ? kept.n : undefined;
        expect(states.timed.value()).toBe(expected);
      }),
      fc.nat(9).map(
        (n): Step =>
          ({ states }, model, nowMs) => {
            states.timedList.add(n);
            const before = (model.get(place("timedList", key)) as unknown[] | undefined) ?? [];
            model.set(place("timedList", key), [...before, { n, timeMs: nowMs }]);
          },
      ),
      fc.tuple(fc.nat(5), fc.nat(9)).map(
        ([mapKey, n]): Step =>
          ({ states }, model, nowMs) => {
            states.timedMap.put(mapKey, n);
            model.set(place("timedMap", key, mapKey), { n, timeMs: nowMs });
          },
      ),
      fc.nat(5).map(
        (mapKey): Step =>
          ({ states }, model, nowMs) => {
            const kept = model.get(place("timedMap", key, mapKey)) as { n: number; timeMs: number } | undefined;
            const expected = kept !== undefined && isFresh(kept.timeMs, nowMs) ? kept.n : undefined;
            expect(states.timedMap.get(mapKey)).toBe(expected);
          },
      ),
    )
    .map((step) => at(key, step)),
);

const sliceAndTimerSteps = fc.oneof(
  fc.tuple(keys, fc.constantFrom(...SLICES), fc.nat(9)).map(
    ([key, slice, n]): Step =>
      at(key, ({ slices }, model) => {
        slices.put(slice, n);
        model.set(place("slices", slice, key), n);
      }),
  ),
  fc.constantFrom(...SLICES).map(
    (slice): Step =>
      ({ slices }, model) => {
        slices.drop(slice);
        for (const name of [...model.keys()]) if (isUnder(name, "slices", slice)) model.delete(name);
      },
  ),
  fc.tuple(keys, fc.nat(12), fc.constantFrom(undefined, ...WINDOWS)).map(
    ([key, timestampMs, window]): Step =>
      at(key, ({ timers }, model) => {
        timers.register(timestampMs, window);
        model.set(place("timers", key, timestampMs, window ?? null), timestampMs);
      }),
  ),
  fc.tuple(keys, fc.nat(12), fc.constantFrom(undefined, ...WINDOWS)).map(
    ([key, timestampMs, window]): Step =>
      at(key, ({ timers }, model) => {
        timers.delete(timestampMs, window);
        model.delete(place("timers", key, timestampMs, window ?? null));
      }),
  ),
  fc.nat(6).map(
    (untilMs): Step =>
      ({ timers }, model) => {
        timers.fireUntil(untilMs, () => {});
        for (const [name, value] of [...model]) {
          if (name.startsWith('["timers"') && (value as number) <= untilMs) model.delete(name);
        }
      },
  ),
);

/** Many keys at once, so that tables grow, and shrink, while they are read. */
const bulkSteps = fc.tuple(fc.nat(300), fc.integer({ min: 1, max: 150 }), fc.boolean()).map(
  ([from, count, isFilling]): Step =>
    ({ backend, states }, model) => {
      for (let key = from; key < from + count; key++) {
        backend.setCurrentKey(key);
        if (isFilling) {
          states.value.update({ n: key });
          states.numbers.update(key);
          model.set(place("value", key), { n: key });
          model.set(place("numbers", key), key);
        } else {
          states.value.clear();
          states.numbers.clear();
          model.delete(place("value", key));
          model.delete(place("numbers", key));
        }
      }
    },
);

type Event =
  | { readonly kind: "step"; readonly step: Step }
  | { readonly kind: "freeze" }
  | { readonly kind: "read"; readonly entriesMax: number }
  | { readonly kind: "release" }
  | { readonly kind: "wait"; readonly ms: number };

const steps = fc.oneof(valueSteps, valueSteps, containerSteps, timedSteps, sliceAndTimerSteps, bulkSteps);

const events = fc.array(
  fc.oneof(
    { weight: 30, arbitrary: steps.map((step): Event => ({ kind: "step", step })) },
    { weight: 2, arbitrary: fc.constant<Event>({ kind: "freeze" }) },
    {
      weight: 8,
      arbitrary: fc.integer({ min: 1, max: 40 }).map((entriesMax): Event => ({ kind: "read", entriesMax })),
    },
    { weight: 1, arbitrary: fc.constant<Event>({ kind: "release" }) },
    { weight: 2, arbitrary: fc.nat(60).map((ms): Event => ({ kind: "wait", ms })) },
  ),
  { maxLength: 150, size: "max" },
);

/** A freeze on its way: what was read so far, and what there was. */
interface Reading {
  readonly frozen: FrozenKeyedState;
  readonly pieces: FrozenPiece[];
  readonly model: Model;
  readonly frozenAtMs: number;
}

/** @param share - Of the runs that are usual, for a back end whose runs take longer. */
export function describeSnapshotLaws(name: string, newBackend: NewBackend, share = 1): void {
  const allGroups: KeyGroupRange = { start: 0, end: GROUPS - 1 };
  const clock = new TestClock();
  const open = (keyGroups: KeyGroupRange = allGroups): KeyedStateBackend =>
    newBackend({ keyGroups, maxParallelism: GROUPS, clock, operatorName: "laws" });
  const restore = (snapshots: readonly Snapshot[], keyGroups: KeyGroupRange = allGroups): KeyedStateBackend => {
    const backend = open(keyGroups);
    for (const { states, pieces } of snapshots) backend.restore(states, pieces);
    return backend;
  };

  /** All that is in `backends`, as the model would have it. Timers are fired to see them. */
  const contentsOf = (backends: readonly KeyedStateBackend[]): Model => {
    const found: Model = new Map();
    for (const backend of backends) collect(new Subject(backend), found);
    return found;
  };

  const run = (history: readonly Event[], check: (reading: Reading, snapshot: Snapshot) => void): Subject => {
    clock.now = 0;
    const subject = new Subject(open());
    const model: Model = new Map();
    const readings: Reading[] = [];
    for (const event of history) {
      const last = readings.at(-1);
      if (event.kind === "step") event.step(subject, model, clock.now);
      else if (event.kind === "wait") clock.now += event.ms;
      else if (event.kind === "read") read(last, event.entriesMax);
      else if (event.kind === "release") {
        last?.frozen.release();
        readings.pop();
      } else {
        const frozen = subject.backend.freeze();
        readings.push({ frozen, pieces: [], model: structuredClone(model), frozenAtMs: clock.now });
      }
    }
    for (const reading of readings) {
      while (read(reading, 5));
      check(reading, { states: reading.frozen.describe(), pieces: reading.pieces });
    }
    return subject;
  };

  const read = (reading: Reading | undefined, entriesMax: number): boolean => {
    const piece = reading?.frozen.next(entriesMax);
    if (piece !== undefined) reading?.pieces.push(piece);
    return piece !== undefined;
  };

  const compare = (backends: readonly KeyedStateBackend[], { model, frozenAtMs }: Reading): void => {
    clock.now = frozenAtMs;
    expect(contentsOf(backends)).toEqual(freshPart(model, frozenAtMs));
  };

  describe(`snapshots of ${name}`, () => {
    it("hold what there was at the freeze, whatever changes while they are read", () => {
      let compared = 0;
      fc.assert(
        fc.property(events, (history) => {
          run(history, (reading, snapshot) => {
            compare([restore([snapshot])], reading);
            compared++;
          });
        }),
        { numRuns: Math.ceil(share * 150) },
      );
      expect(compared).toBeGreaterThan(100 * share);
    });

    it("tell how many entries of each state they hold, and what those take of the bytes", () => {
      const subject = new Subject(open());
      for (let key = 0; key < 10; key++) {
        subject.backend.setCurrentKey(key);
        subject.states.value.update({ n: key });
        if (key < 2) for (let row = 0; row < 3; row++) subject.states.map.put(row, { n: row });
        if (key < 4) subject.timers.register(key);
      }
      for (const round of [1, 2]) {
        const frozen = subject.backend.freeze();
        const pieces: FrozenPiece[] = [];
        for (let piece = frozen.next(4); piece !== undefined; piece = frozen.next(4)) pieces.push(piece);
        const held = frozen.footprints().filter(({ entries }) => entries > 0);

        expect(
          held.map((state) => [state.name, state.kind, state.entries]),
          `round ${round}`,
        ).toEqual([
          ["value", "value", 10],
          ["map", "map", 2],
          ["timers", "timers", 4],
        ]);
        const total = pieces.reduce((sum, { bytes }) => sum + bytes.length, 0);
        const ends = pieces.filter(({ bytes }) => bytes.length > 0).length;
        expect(
          held.reduce((sum, { bytes }) => sum + bytes, 0),
          `round ${round}`,
        ).toBe(total - ends);
      }
    });

    it("leave the state itself as the program made it", () => {
      fc.assert(
        fc.property(events, (history) => {
          const subject = run([...history, { kind: "freeze" }], () => {});
          const before = subject.backend.freeze();
          const pieces: FrozenPiece[] = [];
          for (let piece = before.next(1000); piece !== undefined; piece = before.next(1000)) pieces.push(piece);
          const model: Model = new Map();
          collect(subject, model);
          expect(contentsOf([restore([{ states: before.describe(), pieces }])])).toEqual(model);
        }),
        { numRuns: Math.ceil(share * 50) },
      );
    });

    it("restore at any parallelism, and from there at any other", () => {
      fc.assert(
        fc.property(events, fc.nat(GROUPS - 2), (history, cut) => {
          run(history, (reading, snapshot) => {
            const parts = [
              restore([snapshot], { start: 0, end: cut }),
              restore([snapshot], { start: cut + 1, end: GROUPS - 1 }),
            ];
            clock.now = reading.frozenAtMs;
            const snapshots = parts.map((part): Snapshot => {
              const frozen = part.freeze();
              const pieces: FrozenPiece[] = [];
              for (let piece = frozen.next(7); piece !== undefined; piece = frozen.next(7)) pieces.push(piece);
              return { states: frozen.describe(), pieces };
            });
            compare(parts, reading);
            compare([restore(snapshots)], reading);
          });
        }),
        { numRuns: Math.ceil(share * 50) },
      );
    });
  });
}

/** What of the model may be returned at `nowMs`, without the times. */
function freshPart(model: Model, nowMs: number): Model {
  const fresh: Model = new Map();
  for (const [name, value] of model) {
    if (!name.startsWith('["timed')) {
      fresh.set(name, name.startsWith('["timers"') ? true : value);
      continue;
    }
    const isList = Array.isArray(value);
    const kept = ((isList ? value : [value]) as { n: number; timeMs: number }[])
      .filter(({ timeMs }) => isFresh(timeMs, nowMs))
      .map(({ n }) => n);
    if (kept.length > 0) fresh.set(name, isList ? kept : kept[0]);
  }
  return fresh;
}

function collect({ backend, states, slices, timers }: Subject, found: Model): void {
  const each = (state: keyof Declared | "slices", visit: (key: unknown) => void) => backend.forEachKey(state, visit);
  const put = (name: string, value: unknown): void => {
    if (value === undefined || (Array.isArray(value) && value.length === 0)) return;
    expect(found.has(name)).toBe(false);
    found.set(name, structuredClone(value));
  };
  for (const state of ["value", "numbers", "timed"] as const) {
    each(state, (key) => put(place(state, key), states[state].value()));
  }
  each("total", (key) => put(place("total", key), { n: states.total.get() }));
  for (const state of ["list", "timedList"] as const) each(state, (key) => put(place(state, key), states[state].get()));
  for (const state of ["map", "timedMap"] as const) {
    each(state, (key) => {
      for (const [mapKey, value] of states[state].entries()) put(place(state, key, mapKey), value);
    });
  }
  each("windowed", (key) => {
    for (const window of WINDOWS) {
      states.windowed.select(window);
      put(place("windowed", key, window), states.windowed.get());
    }
  });
  each("slices", (key) => {
    for (const slice of SLICES) put(place("slices", slice, key), slices.get(slice));
  });
  timers.fireUntil(MAX_TIMESTAMP, (timestampMs, window) => {
    put(place("timers", backend.currentKey(), timestampMs, window ?? null), true);
  });
}
