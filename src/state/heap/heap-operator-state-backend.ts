import { differences, type Schema } from "../../codec/schema.ts";
import { ConfigError, MillraceError, RestoreError } from "../../core/errors.ts";
import type { ListState, MapState } from "../descriptors.ts";
import type { OperatorStateBackend, OperatorStateMode, OperatorStateSnapshot } from "../operator-state-backend.ts";
import { redistribute } from "../redistribute.ts";
import { BroadcastMap } from "./broadcast-map.ts";
import { OperatorList } from "./operator-list.ts";

export interface OperatorStateOptions {
  readonly schema?: Schema;
}

/** A state that the program has opened: it can be filled from a snapshot and written to one. */
interface OpenedState {
  readonly mode: OperatorStateMode;
  load(items: readonly Uint8Array[]): void;
  save(): { readonly schema: Schema; readonly items: readonly Uint8Array[] };
}

/** Operator state as lists and maps in memory. */
export class HeapOperatorStateBackend implements OperatorStateBackend {
  readonly #operatorName: string;
  readonly #opened = new Map<string, OpenedState>();
  /** Restored, and not opened so far: saved again as it came. */
  readonly #restored = new Map<string, OperatorStateSnapshot>();

  constructor(operatorName: string) {
    this.#operatorName = operatorName;
  }

  list<T>(name: string, options: OperatorStateOptions = {}): ListState<T> {
    return this.#open(name, new OperatorList<T>(name, "split", options.schema), options.schema);
  }

  unionList<T>(name: string, options: OperatorStateOptions = {}): ListState<T> {
    return this.#open(name, new OperatorList<T>(name, "union", options.schema), options.schema);
  }

  broadcast<K, V>(name: string, options: OperatorStateOptions = {}): MapState<K, V> {
    return this.#open(name, new BroadcastMap<K, V>(options.schema), options.schema);
  }

  snapshot(): readonly OperatorStateSnapshot[] {
    const opened = [...this.#opened].map(([name, state]) => ({ name, mode: state.mode, ...saved(name, state) }));
    return [...opened, ...this.#restored.values()];
  }

  restore(subtasks: readonly (readonly OperatorStateSnapshot[])[], subtaskIndex: number, parallelism: number): void {
    for (const state of redistribute(subtasks, subtaskIndex, parallelism)) this.#restored.set(state.name, state);
  }

  #open<State extends OpenedState>(name: string, state: State, declared: Schema | undefined): State {
    if (this.#opened.has(name)) {
      throw new ConfigError("STATE_DUPLICATE", {
        message: `operator "${this.#operatorName}" declares two operator states called "${name}".`,
        advice: "Give one of them another name.",
      });
    }
    const restored = this.#restored.get(name);
    if (restored !== undefined) {
      this.#checkCompatible(restored, state.mode, declared);
      state.load(restored.items);
      this.#restored.delete(name);
    }
    this.#opened.set(name, state);
    return state;
  }

  #checkCompatible(restored: OperatorStateSnapshot, mode: OperatorStateMode, declared: Schema | undefined): void {
    const where = `operator state "${restored.name}" of operator "${this.#operatorName}"`;
    if (restored.mode !== mode) {
      throw new RestoreError("STATE_INCOMPATIBLE", {
        message: `${where} is ${restored.mode} state in the snapshot and ${mode} state in the program.`,
        advice: `Declare it as ${restored.mode} state again, or give the new state another name.`,
      });
    }
    const misfits = declared === undefined ? [] : differences(valuesOf(restored), declared);
    if (misfits.length > 0) {
      throw new RestoreError("STATE_INCOMPATIBLE", {
        message: `${where} holds values that the program does not expect: ${misfits.join("; ")}.`,
        advice: "Change the type back, declare the new fields as optional, or give the new state another name.",
      });
    }
  }
}

function saved(name: string, state: OpenedState): ReturnType<OpenedState["save"]> {
  try {
    return state.save();
  } catch (error) {
    if (!(error instanceof MillraceError)) throw error;
    const [what] = error.message.slice(error.code.length + 2).split("\n");
    throw new MillraceError(error.code, {
      message: `operator state "${name}" holds a value that cannot be saved: ${what}`,
      ...(error.advice === undefined ? {} : { advice: error.advice }),
      cause: error,
    });
  }
}

/** The type of a list's elements, or of a map's values, which is what a program declares. */
function valuesOf({ mode, schema }: OperatorStateSnapshot): Schema {
  return mode === "broadcast" && schema.type === "map" ? schema.values : schema;
}
