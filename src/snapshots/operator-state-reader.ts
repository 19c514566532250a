import { mergeSchemas, NOTHING, type Schema } from "../codec/schema.ts";
import { decodeValue } from "../codec/value-codec.ts";
import { ValueReader } from "../codec/value-reader.ts";
import { invariant } from "../core/invariant.ts";
import type { OperatorStateMode, OperatorStateSnapshot } from "../state/operator-state-backend.ts";

/** What one subtask saved. */
interface SubtaskItems {
  readonly subtaskIndex: number;
  readonly state: OperatorStateSnapshot;
}

export interface OperatorStateItem<V = unknown> {
  readonly subtaskIndex: number;
  /** An element of the list; of a broadcast map a pair of key and value. */
  readonly value: V;
}

/** A state of an operator's subtasks. */
export class OperatorStateReader<V = unknown> {
  readonly name: string;
  readonly mode: OperatorStateMode;
  readonly schema: Schema;
  readonly itemCount: number;
  readonly bytes: number;
  readonly #subtasks: readonly SubtaskItems[];

  /** @internal `subtasks`: those that have it. */
  constructor(subtasks: readonly SubtaskItems[]) {
    const [first] = subtasks;
    invariant(first !== undefined, "a state was saved by some subtask");
    this.name = first.state.name;
    this.mode = first.state.mode;
    this.schema = subtasks.map(({ state }) => state.schema).reduce(mergeSchemas, NOTHING);
    this.itemCount = subtasks.reduce((sum, { state }) => sum + state.items.length, 0);
    this.bytes = subtasks.reduce((sum, { state }) => sum + state.items.reduce((all, item) => all + item.length, 0), 0);
    this.#subtasks = subtasks;
  }

  /** Every item, subtask by subtask; of a broadcast state each subtask has a copy of its own. */
  *items(): Generator<OperatorStateItem<V>> {
    for (const { subtaskIndex, state } of this.#subtasks) {
      for (const item of state.items) {
        const value = (this.mode === "broadcast" ? readPair(item) : decodeValue(item)) as V;
        yield { subtaskIndex, value };
      }
    }
  }
}

function readPair(item: Uint8Array): readonly [unknown, unknown] {
  const reader = new ValueReader(item);
  return [reader.read(), reader.read()];
}
