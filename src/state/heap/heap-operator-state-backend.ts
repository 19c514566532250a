import type { Schema } from "../../codec/schema.ts";
import { ConfigError, MillraceError, RestoreError } from "../../core/errors.ts";
import { compareOperatorState, type StateChange } from "../compatibility.ts";
import type { ListState, MapState } from "../descriptors.ts";
import type { Migration } from "../keyed-states.ts";
import type {
  OperatorStateBackend,
  OperatorStateMode,
  OperatorStateOptions,
  OperatorStateSnapshot,
} from "../operator-state-backend.ts";
import { redistribute } from "../redistribute.ts";
import { BroadcastMap } from "./broadcast-map.ts";
import { OperatorList } from "./operator-list.ts";

/** A state that the program has opened: it can be filled from a snapshot and written to one. */
interface OpenedState {
  readonly mode: OperatorStateMode;
  load(items: readonly Uint8Array[], migrate: Migration | undefined): void;
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
    return this.#open(name, new OperatorList<T>(name, "split", options.schema), options);
  }

  unionList<T>(name: string, options: OperatorStateOptions = {}): ListState<T> {
    return this.#open(name, new OperatorList<T>(name, "union", options.schema), options);
  }

  broadcast<K, V>(name: string, options: OperatorStateOptions = {}): MapState<K, V> {
    return this.#open(name, new BroadcastMap<K, V>(options.schema), options);
  }

  snapshot(): readonly OperatorStateSnapshot[] {
    const opened = [...this.#opened].map(([name, state]) => ({ name, mode: state.mode, ...saved(name, state) }));
    return [...opened, ...this.#restored.values()];
  }

  restore(subtasks: readonly (readonly OperatorStateSnapshot[])[], subtaskIndex: number, parallelism: number): void {
    for (const state of redistribute(subtasks, subtaskIndex, parallelism)) this.#restored.set(state.name, state);
  }

  #open<State extends OpenedState>(name: string, state: State, options: OperatorStateOptions): State {
    if (this.#opened.has(name)) {
      throw new ConfigError("STATE_DUPLICATE", {
        message: `operator "${this.#operatorName}" declares two operator states called "${name}".`,
        advice: "Give one of them another name.",
      });
    }
    if (options.migrate !== undefined && options.schema === undefined) {
      throw new ConfigError("CONFIG_INVALID", {
        message: `operator state "${name}" of operator "${this.#operatorName}" has a migrate function, but no schema to say which values need it.`,
        advice: "Add the `schema` of today's values to it.",
      });
    }
    const restored = this.#restored.get(name);
    if (restored !== undefined) {
      const change = this.#compare(restored, state.mode, options);
      state.load(restored.items, change === "migrate" ? (old) => options.migrate!(old) : undefined);
      this.#restored.delete(name);
    }
    this.#opened.set(name, state);
    return state;
  }

  #compare(
    restored: OperatorStateSnapshot,
    mode: OperatorStateMode,
    options: OperatorStateOptions,
  ): StateChange["kind"] {
    const change = compareOperatorState(restored, mode, options);
    if (change.kind !== "incompatible") return change.kind;
    throw new RestoreError("STATE_INCOMPATIBLE", {
      message: `operator state "${restored.name}" of operator "${this.#operatorName}" ${change.difference}.`,
      advice: change.advice,
    });
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
