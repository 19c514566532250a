import { addUpStates, type SavedState } from "../../checkpoint/saved-states.ts";
import type { CheckpointStatistic } from "../../checkpoint/statistics.ts";
import { bytesText, durationText } from "../../core/figures.ts";
import type { Finding } from "./finding.ts";
import type { JobFacts } from "./job-facts.ts";

/** Samples that are kept; from there on every second one goes, so that they still reach back to the start. */
const SAMPLES_MAX = 64;

/** Less is not worth a word. */
const GROWN_BYTES_MIN = 64 * 1024;
/** From here on somebody should look. */
const WARNING_BYTES_PER_HOUR = 10 * 1024 * 1024;
/** With less than this share of new keys, it is the values that grow. */
const NEW_KEYS_MIN = 0.1;

/** What a job's states held in one completed checkpoint. */
export interface StateSample {
  readonly checkpointId: number;
  readonly atMs: number;
  readonly states: readonly SavedState[];
}

/** Remembers how large the states were at earlier checkpoints. */
export class StateHistory {
  #samples: readonly StateSample[] = [];

  /** Oldest first. */
  get samples(): readonly StateSample[] {
    return this.#samples;
  }

  add({ id, trigger_timestamp, subtasks }: CheckpointStatistic): void {
    const kept =
      this.#samples.length < SAMPLES_MAX ? this.#samples : this.#samples.filter((_, index) => index % 2 === 0);
    const states = addUpStates(subtasks.flatMap((subtask) => subtask.states));
    this.#samples = [...kept, { checkpointId: id, atMs: trigger_timestamp, states }];
  }
}

/** What is growing: each state from the first remembered checkpoint to the last, the fastest first. */
export function explainGrowth({ states: samples }: JobFacts): readonly Finding[] {
  const first = samples[0];
  const last = samples.at(-1);
  if (first === undefined || last === undefined || last.atMs <= first.atMs) return [];
  const elapsedMs = last.atMs - first.atMs;
  return last.states
    .map((state) => ({ state, before: sizeIn(first, state) }))
    .filter(({ state, before }) => state.bytes - before.bytes >= GROWN_BYTES_MIN)
    .sort((a, b) => b.state.bytes - b.before.bytes - (a.state.bytes - a.before.bytes))
    .map(({ state, before }) => findingOf(state, before, elapsedMs, last.checkpointId));
}

interface Size {
  readonly entries: number;
  readonly bytes: number;
}

/** Nothing, where it was not there yet. */
function sizeIn({ states }: StateSample, { operatorId, name }: SavedState): Size {
  return states.find((state) => state.operatorId === operatorId && state.name === name) ?? { entries: 0, bytes: 0 };
}

function findingOf(state: SavedState, before: Size, elapsedMs: number, checkpointId: number): Finding {
  const { name, operatorName, kind, ttl, entries, bytes } = state;
  const bytesPerHour = ((bytes - before.bytes) * 3_600_000) / elapsedMs;
  const keepsAll = keepsKeys(state);
  const what = unitOf(state);
  const reason =
    entries < before.entries * (1 + NEW_KEYS_MIN)
      ? `; there are hardly more ${what}, but they hold more`
      : keepsAll
        ? "; it keeps every key until the program removes it"
        : "";
  return {
    kind: "growing-state",
    severity: keepsAll && bytesPerHour >= WARNING_BYTES_PER_HOUR ? "warning" : "info",
    operator: operatorName,
    sentence: `state "${name}" of "${operatorName}" has grown from ${bytesText(before.bytes)} to ${bytesText(bytes)} (${before.entries} to ${entries} ${what}) in ${durationText(elapsedMs)}, that is ${bytesText(Math.round(bytesPerHour))} per hour${reason}.`,
    facts: {
      state: name,
      kind,
      ttl,
      bytesBefore: before.bytes,
      bytes,
      entriesBefore: before.entries,
      entries,
      elapsedMs,
      bytesPerHour,
      checkpointId,
    },
    ...(keepsAll && {
      advice:
        'Where a key is not needed for ever, give the state a time to live, valueState({ ttl: "1d" }), or clear() it.',
    }),
  };
}

/** The state of windows goes with them, timers when they fire, and what belongs to subtasks has no keys. */
function keepsKeys({ windowed, ttl, kind }: SavedState): boolean {
  return !windowed && !ttl && isKeyed(kind);
}

function isKeyed(kind: SavedState["kind"]): boolean {
  return !["slices", "timers", "split", "union", "broadcast"].includes(kind);
}

function unitOf({ kind, windowed }: SavedState): string {
  if (kind === "timers") return "timers";
  if (windowed || kind === "slices") return "windows of keys";
  return isKeyed(kind) ? "keys" : "items";
}
