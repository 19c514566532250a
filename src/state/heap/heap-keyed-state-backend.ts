import type { KeyedStateDescriptor } from "../descriptors.ts";
import type { FrozenKeyedState, SliceState, TimerQueue } from "../keyed-state-backend.ts";
import { KeyedStates, type Migration, type OpenLayout } from "../keyed-states.ts";
import type { Ttl } from "../ttl.ts";
import { FreezeLedger } from "./freeze-ledger.ts";
import { FrozenHeapState } from "./frozen-heap-state.ts";
import { HeapSliceState } from "./slice-state.ts";
import { stateOn } from "./state-on.ts";
import { type KeyedStorage, type SliceStorage, storageOf, type TimerStorage } from "./storage.ts";

type Storage = KeyedStorage | SliceStorage | TimerStorage;

/** Keyed state as objects and typed columns in memory. */
export class HeapKeyedStateBackend extends KeyedStates<Storage> {
  readonly #ledger = new FreezeLedger();
  #frozen: FrozenHeapState | undefined;

  override freeze(): FrozenKeyedState {
    this.#frozen?.readAhead();
    this.#ledger.begin(this.clock.nowMs());
    this.#frozen = new FrozenHeapState(this.contents(), this.context, this.#ledger);
    return this.#frozen;
  }

  override dispose(): void {
    this.#frozen?.release();
    super.dispose();
  }

  protected override newContents(layout: OpenLayout): Storage {
    return storageOf(layout, this.context, this.#ledger);
  }

  protected override keyedState(storage: Storage, descriptor: KeyedStateDescriptor, ttl: Ttl | undefined): unknown {
    (storage as KeyedStorage).freshness.ttl = ttl;
    return stateOn(storage as KeyedStorage, descriptor, ttl, this.clock);
  }

  protected override sliceState<ACC>(storage: Storage, copy: (accumulator: ACC) => ACC): SliceState<ACC> {
    return new HeapSliceState((storage as SliceStorage).tables, this.context, copy);
  }

  protected override timerQueue(storage: Storage): TimerQueue {
    return (storage as TimerStorage).queue;
  }

  protected override migrate(storage: Storage, migrate: Migration): void {
    (storage as KeyedStorage).migrate(migrate);
  }
}
