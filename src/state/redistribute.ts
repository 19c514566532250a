import { mergeSchemas, NOTHING } from "../codec/schema.ts";
import type { OperatorStateSnapshot } from "./operator-state-backend.ts";

/**
 * What the new subtask `subtaskIndex` of `parallelism` gets of what the old subtasks saved (`subtasks[i]` is that of old subtask i):
 *
 *     split      all items in the order of the old subtasks, dealt out one by one; at the same parallelism each keeps its own
 *     union      all items
 *     broadcast  the copy of old subtask `subtaskIndex` modulo their number; of the next that has one, where that has none
 */
export function redistribute(
  subtasks: readonly (readonly OperatorStateSnapshot[])[],
  subtaskIndex: number,
  parallelism: number,
): readonly OperatorStateSnapshot[] {
  const names = new Set(subtasks.flat().map(({ name }) => name));
  return [...names].map((name) => {
    const copies = subtasks.map((states) => states.find((state) => state.name === name));
    const held = copies.filter((copy) => copy !== undefined);
    const { mode } = held[0]!;
    const schema = held.map((copy) => copy.schema).reduce(mergeSchemas, NOTHING);
    return { name, mode, schema, items: itemsFor(mode, copies, subtaskIndex, parallelism) };
  });
}

function itemsFor(
  mode: OperatorStateSnapshot["mode"],
  copies: readonly (OperatorStateSnapshot | undefined)[],
  subtaskIndex: number,
  parallelism: number,
): readonly Uint8Array[] {
  const all = copies.flatMap((copy) => copy?.items ?? []);
  switch (mode) {
    case "split":
      if (copies.length === parallelism) return copies[subtaskIndex]?.items ?? [];
      return all.filter((_, index) => index % parallelism === subtaskIndex);
    case "union":
      return all;
    case "broadcast": {
      const first = subtaskIndex % copies.length;
      const inTurn = [...copies.slice(first), ...copies.slice(0, first)];
      return inTurn.find((copy) => copy !== undefined)?.items ?? [];
    }
  }
}
