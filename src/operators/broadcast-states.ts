import { MillraceError } from "../core/errors.ts";
import type { MapState } from "../state/descriptors.ts";
import type { BroadcastDeclarations, BroadcastStatesOf, ReadOnlyBroadcastStatesOf } from "./functions.ts";
import type { OperatorContext } from "./operator.ts";

/** The maps of a broadcast operator: to write on the broadcast side, to read on the side of the records. */
export interface BroadcastStates<B extends BroadcastDeclarations> {
  readonly writable: BroadcastStatesOf<B>;
  readonly readOnly: ReadOnlyBroadcastStatesOf<B>;
}

export function openBroadcastStates<B extends BroadcastDeclarations>(
  context: OperatorContext<any>,
  declarations: B,
): BroadcastStates<B> {
  const writable: Record<string, unknown> = {};
  const readOnly: Record<string, unknown> = {};
  for (const [property, descriptor] of Object.entries(declarations)) {
    const name = descriptor.name ?? property;
    const map = context.operatorState.broadcast(name, descriptor);
    writable[property] = map;
    readOnly[property] = new GuardedMap(map, name, context.operatorName);
  }
  return { writable: writable as BroadcastStatesOf<B>, readOnly: readOnly as ReadOnlyBroadcastStatesOf<B> };
}

/** Guards the side of the records, where the types forbid writing and a program without types could still try. */
class GuardedMap<K, V> implements MapState<K, V> {
  readonly #map: MapState<K, V>;
  readonly #name: string;
  readonly #operatorName: string;

  constructor(map: MapState<K, V>, name: string, operatorName: string) {
    this.#map = map;
    this.#name = name;
    this.#operatorName = operatorName;
  }

  get(key: K): V | undefined {
    return this.#map.get(key);
  }
  contains(key: K): boolean {
    return this.#map.contains(key);
  }
  entries(): Iterable<readonly [K, V]> {
    return this.#map.entries();
  }
  keys(): Iterable<K> {
    return this.#map.keys();
  }
  values(): Iterable<V> {
    return this.#map.values();
  }
  isEmpty(): boolean {
    return this.#map.isEmpty();
  }

  put(): void {
    this.#refuse("put");
  }
  putAll(): void {
    this.#refuse("putAll");
  }
  remove(): void {
    this.#refuse("remove");
  }
  clear(): void {
    this.#refuse("clear");
  }

  #refuse(method: string): never {
    throw new MillraceError("BROADCAST_READ_ONLY", {
      message: `"${this.#operatorName}" called ${method} on broadcast state "${this.#name}" outside of processBroadcastElement.`,
      advice:
        "Broadcast state is the same in every subtask, and a record reaches only one of them: change it in processBroadcastElement.",
    });
  }
}
