import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { crc32 } from "../codec/crc32.ts";
import { ANY, type Schema } from "../codec/schema.ts";
import { MillraceError } from "../core/errors.ts";
import { asOperatorId } from "../core/ids.ts";
import { keyGroupRangeOf } from "../core/key-group.ts";
import {
  assignSubtask,
  checkRestorable,
  hasState,
  type RestorableOperator,
  readKeyedPieces,
} from "./restore-assignment.ts";
import { inlineSample, sampleKeyed, sampleMetadata, sampleOperator } from "./sample-metadata.ts";
import type { KeyedSnapshot, OperatorSnapshot, OperatorSubtaskSnapshot } from "./snapshot.ts";
import { FileTaskSnapshotStore } from "./task-snapshot-store.ts";

/** An operator of `parallelism` subtasks, of which each has one byte of state, the key group, for each of `keyGroups` that it owns. */
function operatorWith(keyGroups: readonly number[], parallelism: number, maxParallelism: number): OperatorSnapshot {
  const subtasks = new Map<number, OperatorSubtaskSnapshot>();
  for (let index = 0; index < parallelism; index++) {
    const range = keyGroupRangeOf(index, parallelism, maxParallelism);
    const own = keyGroups.filter((group) => group >= range.start && group <= range.end);
    subtasks.set(index, {
      keyed: keyedOf(range, own),
      operatorState: [{ name: "old", mode: "split", schema: { type: "any" }, items: [Uint8Array.of(index)] }],
    });
  }
  return sampleOperator({ parallelism, maxParallelism, subtasks, finishedSubtasks: [] });
}

function saved(subtask: OperatorSubtaskSnapshot): Partial<OperatorSnapshot> {
  return { subtasks: new Map([[0, subtask]]) };
}

function keyedOf(keyGroups: { start: number; end: number }, own: readonly number[]): KeyedSnapshot {
  const data = inlineSample(own.map((group) => group % 256));
  return {
    keyGroups,
    states: [],
    data,
    sections: own.map((keyGroup, offset) => ({
      keyGroup,
      offset,
      length: 1,
      crc32: crc32(Uint8Array.of(keyGroup % 256)),
    })),
  };
}

describe("dealing out restored state", () => {
  it("gives each key group to exactly one new subtask, whatever the parallelisms", async () => {
    const store = new FileTaskSnapshotStore();
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 200 }).chain((max) =>
          fc.record({
            max: fc.constant(max),
            before: fc.integer({ min: 1, max }),
            after: fc.integer({ min: 1, max }),
            keyGroups: fc.uniqueArray(fc.integer({ min: 0, max: max - 1 })).map((all) => all.sort((a, b) => a - b)),
          }),
        ),
        async ({ max, before, after, keyGroups }) => {
          const operator = operatorWith(keyGroups, before, max);
          const restored: number[] = [];
          for (let index = 0; index < after; index++) {
            const { keyed, keyGroups: range, operatorState } = assignSubtask(operator, index, after);
            expect(operatorState.map(([state]) => state!.items[0]![0])).toEqual(
              Array.from({ length: before }, (_, old) => old % 256),
            );
            for (const { snapshot, sections } of keyed) {
              const pieces = await readKeyedPieces(store, "memory:1", snapshot, range, "count");
              expect(pieces.map(({ keyGroup }) => keyGroup)).toEqual(sections.map(({ keyGroup }) => keyGroup));
              for (const { keyGroup, bytes } of pieces) {
                expect([...bytes]).toEqual([keyGroup % 256]);
                restored.push(keyGroup);
              }
            }
          }
          expect(restored).toEqual(keyGroups);
        },
      ),
      { numRuns: 200 },
    );
  });

  it("passes over old subtasks that saved nothing", () => {
    const operator = sampleOperator({
      parallelism: 3,
      subtasks: new Map([[1, { keyed: sampleKeyed(inlineSample([1])) }]]),
    });
    expect(assignSubtask(operator, 0, 1)).toMatchObject({
      keyGroups: { start: 0, end: 127 },
      keyed: [{ sections: [{ keyGroup: 5 }] }],
      operatorState: [[], [], []],
    });
  });

  it("says which file, offset and operator is damaged, and gives nothing of it", async () => {
    const keyed = keyedOf({ start: 0, end: 9 }, [1, 2, 3]);
    const damaged = { ...keyed, sections: keyed.sections.map((s) => (s.keyGroup === 2 ? { ...s, crc32: 7 } : s)) };
    const read = (start: number, end: number) =>
      readKeyedPieces(new FileTaskSnapshotStore(), "memory:3", damaged, { start, end }, "count per page");

    await expect(read(0, 9)).rejects.toThrow(
      /CHECKPOINT_CORRUPT: memory:3\/_metadata, the state of "count per page" is damaged: .*key group 2 at byte 1/,
    );
    expect(await read(3, 9)).toHaveLength(1);
  });
});

describe("whether a program can go on from a checkpoint", () => {
  const program = (changes: Partial<RestorableOperator> = {}): RestorableOperator => ({
    operatorId: asOperatorId("a".repeat(32)),
    name: "count per page",
    uid: "count",
    parallelism: 4,
    maxParallelism: 256,
    maxParallelismIsExplicit: false,
    ...changes,
  });
  const other = (name: string, uid?: string): RestorableOperator =>
    program({ operatorId: asOperatorId(name), name, uid });
  const metadata = sampleMetadata(7);

  function errorOf(check: () => unknown): MillraceError {
    try {
      check();
    } catch (error) {
      if (error instanceof MillraceError) return error;
      throw error;
    }
    throw new Error("it was accepted");
  }

  it("adopts the checkpoint's number of key groups where the program sets none", () => {
    const plan = checkRestorable(metadata, [program(), other("new")], false);
    expect([...plan.maxParallelism]).toEqual([[program().operatorId, 128]]);
    expect(plan.dropped).toEqual([]);
  });

  it("refuses state that no operator claims, and names the one that it may be now", () => {
    const error = errorOf(() => checkRestorable(metadata, [other("sink"), other("counts per page")], false));
    expect(error.code).toBe("STATE_NOT_CLAIMED");
    expect(error.message).toContain(
      'checkpoint 7 of job "clicks" holds state of "count per page" (uid "count"), which this program no longer has.',
    );
    expect(error.advice).toBe(
      'If it is now called "counts per page", give that one .uid("count"). To drop the state, start with --allow-non-restored-state.',
    );
  });

  it("does not suggest an operator that has state of its own in the checkpoint", () => {
    const two = sampleMetadata(7, undefined, {
      operators: [
        ...metadata.operators,
        sampleOperator({ operatorId: asOperatorId("counts"), name: "counts", uid: "counts" }),
      ],
    });
    const error = errorOf(() => checkRestorable(two, [other("counts")], false));
    expect(error.advice).toContain('Give the operator that continues it .uid("count").');
  });

  it("refuses keys of another type than the program declares, and asks nothing where it declares none", () => {
    const savedBy = (keySchema: Schema) => {
      const state = { name: "n", kind: "value", windowed: false, ttl: false, keySchema, valueSchema: ANY } as const;
      const keyed = { ...sampleKeyed(inlineSample([1])), states: [state] };
      return sampleMetadata(7, undefined, {
        operators: [sampleOperator({ operatorId: program().operatorId, subtasks: new Map([[0, { keyed }]]) })],
      });
    };
    const check = (saved: Schema, keySchema?: Schema) =>
      checkRestorable(savedBy(saved), [program({ keySchema })], false);
    const number = { type: "number" } as const;
    const pair = { type: "object", fields: { a: number, b: number } } as const;

    expect(() => check(number)).not.toThrow();
    expect(() => check(number, number)).not.toThrow();
    expect(() => check({ type: "union", of: [] }, number)).not.toThrow();
    expect(() => check(number, { type: "string" })).toThrow(
      /STATE_INCOMPATIBLE.*"count per page" by keys of type number, but the program keys it by string.*\n.*never migrated/,
    );
    expect(() => check(pair, { type: "object", fields: { a: number } })).toThrow(/STATE_INCOMPATIBLE/);
    expect(() => check({ type: "object", fields: { a: number } }, pair)).toThrow(/STATE_INCOMPATIBLE/);
  });

  it("explains uids where there was none", () => {
    const unnamed = sampleMetadata(7, undefined, { operators: [sampleOperator({ uid: undefined })] });
    const error = errorOf(() => checkRestorable(unnamed, [other("map")], false));
    expect(error.advice).toContain("give stateful operators a .uid(...)");
  });

  it("drops unclaimed state when that is allowed, and says which", () => {
    const plan = checkRestorable(metadata, [other("sink")], true);
    expect(plan.dropped.map(({ name }) => name)).toEqual(["count per page"]);
    expect(plan.maxParallelism.size).toBe(0);
  });

  it.each<[string, Partial<OperatorSnapshot>, boolean]>([
    ["no subtask", {}, false],
    ["subtasks that saved nothing", saved({ inputEnded: true }), false],
    ["empty keyed state", saved({ keyed: keyedOf({ start: 0, end: 1 }, []) }), false],
    [
      "an empty list",
      saved({ operatorState: [{ name: "x", mode: "union", schema: { type: "any" }, items: [] }] }),
      false,
    ],
    ["keyed state", saved({ keyed: keyedOf({ start: 0, end: 1 }, [1]) }), true],
    ["an enumerator", { coordinator: Uint8Array.of(1) }, true],
  ])("takes an operator with %s for one that has state: %s", (_, changes, expected) => {
    const { coordinator: _sample, ...bare } = sampleOperator();
    const operator: OperatorSnapshot = { ...bare, ...changes };
    const found = sampleMetadata(7, undefined, { operators: [operator] });

    expect(hasState(operator)).toBe(expected);
    if (expected) expect(errorOf(() => checkRestorable(found, [], false)).code).toBe("STATE_NOT_CLAIMED");
    else expect(checkRestorable(found, [], false).dropped).toEqual([]);
  });

  it("refuses another number of key groups, with both", () => {
    const error = errorOf(() => checkRestorable(metadata, [program({ maxParallelismIsExplicit: true })], false));
    expect(error.code).toBe("MAX_PARALLELISM_MISMATCH");
    expect(error.message).toMatch(/"count per page" in 128 key groups.*max parallelism to 256/);
    expect(error.advice).toContain("Set it to 128");
    checkRestorable(metadata, [program({ maxParallelismIsExplicit: true, maxParallelism: 128 })], false);
  });

  it("refuses more subtasks than the checkpoint has key groups", () => {
    const error = errorOf(() => checkRestorable(metadata, [program({ parallelism: 129 })], false));
    expect(error.code).toBe("MAX_PARALLELISM_MISMATCH");
    expect(error.message).toMatch(/128 key groups, which cannot be dealt out to 129 subtasks/);
    checkRestorable(metadata, [program({ parallelism: 128 })], false);
  });
});
