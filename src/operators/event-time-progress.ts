import { keyGroupOfHash, keyHash } from "../core/key-group.ts";
import { MAX_TIMESTAMP, MIN_TIMESTAMP } from "../core/time.ts";
import type { ListState } from "../state/descriptors.ts";
import type { KeyedStateBackend } from "../state/keyed-state-backend.ts";
import type { OperatorContext } from "./operator.ts";

/** How far event time had come for key groups `start` to `end`, inclusive. */
export interface SavedProgress {
  readonly start: number;
  readonly end: number;
  readonly watermarkMs: number;
}

/**
 * How far event time has come, across restarts. The watermark of a restored job starts at the beginning again, but windows that had
 * fired have fired: a record that was late before the crash is late when it is read again, and no window fires twice. So the
 * watermark is saved, by key group because that is how keys find their new subtasks.
 *
 *     before    subtask 0: groups 0-63 at 900     subtask 1: groups 64-127 at 700
 *     after     one subtask: max(its watermark, 900) for the first half, max(its watermark, 700) for the others
 */
export class EventTimeProgress {
  /** Highest watermark since the start. */
  watermarkMs: number = MIN_TIMESTAMP;
  readonly #keyedState: KeyedStateBackend;
  readonly #saved: ListState<SavedProgress>;
  /** The end of input says nothing about time, should the job go on from here with more input. */
  #watermarkBeforeEndMs = MIN_TIMESTAMP;
  /** By key group, what a restore brought; undefined once the watermark has caught up with all of it. */
  #restored: Float64Array | undefined;
  #restoredMaxMs = MIN_TIMESTAMP;
  #restoredMinMs = MIN_TIMESTAMP;

  constructor(context: OperatorContext<any>) {
    this.#keyedState = context.keyedState;
    this.#saved = context.operatorState.unionList<SavedProgress>("event-time-progress");
    this.#restore(this.#saved.get());
  }

  advance(watermarkMs: number): void {
    // Not before the next advance: what fires at this one still needs to know which keys had come this far.
    if (this.watermarkMs >= this.#restoredMaxMs) this.#restored = undefined;
    this.watermarkMs = watermarkMs;
    if (watermarkMs < MAX_TIMESTAMP) this.#watermarkBeforeEndMs = watermarkMs;
  }

  /** How far event time has come for the current key. */
  ofCurrentKey(): number {
    if (this.#restored === undefined) return this.watermarkMs;
    return Math.max(this.watermarkMs, this.restoredOf(this.#keyedState.currentKey()));
  }

  /** How far it had come for `key` at the restore, as long as the watermark has not caught up; `MIN_TIMESTAMP` otherwise. */
  restoredOf(key: unknown): number {
    if (this.#restored === undefined) return MIN_TIMESTAMP;
    const keyGroup = keyGroupOfHash(keyHash(key), this.#keyedState.maxParallelism);
    return this.#restored[keyGroup - this.#keyedState.keyGroups.start] ?? MIN_TIMESTAMP;
  }

  /** How far it has come for every key. */
  get lowestMs(): number {
    return this.#restored === undefined ? this.watermarkMs : Math.max(this.watermarkMs, this.#restoredMinMs);
  }

  /** To be called at each barrier. */
  save(): void {
    this.#saved.update(this.#entries());
  }

  #entries(): SavedProgress[] {
    const { start, end } = this.#keyedState.keyGroups;
    const reachedMs = this.#watermarkBeforeEndMs;
    const entries: { start: number; end: number; watermarkMs: number }[] = [];
    for (let keyGroup = start; keyGroup <= end; keyGroup++) {
      const watermarkMs = Math.max(reachedMs, this.#restored?.[keyGroup - start] ?? MIN_TIMESTAMP);
      const last = entries[entries.length - 1];
      if (last?.watermarkMs === watermarkMs) last.end = keyGroup;
      else entries.push({ start: keyGroup, end: keyGroup, watermarkMs });
    }
    return entries.filter(({ watermarkMs }) => watermarkMs > MIN_TIMESTAMP);
  }

  #restore(entries: readonly SavedProgress[]): void {
    const { start, end } = this.#keyedState.keyGroups;
    const restored = new Float64Array(end - start + 1).fill(MIN_TIMESTAMP);
    for (const entry of entries) {
      for (let group = Math.max(entry.start, start); group <= Math.min(entry.end, end); group++) {
        restored[group - start] = Math.max(restored[group - start] ?? MIN_TIMESTAMP, entry.watermarkMs);
      }
    }
    this.#restoredMaxMs = restored.reduce((a, b) => Math.max(a, b), MIN_TIMESTAMP);
    this.#restoredMinMs = restored.reduce((a, b) => Math.min(a, b), MAX_TIMESTAMP);
    if (this.#restoredMaxMs > MIN_TIMESTAMP) this.#restored = restored;
  }
}
