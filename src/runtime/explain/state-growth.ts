import type { CompletedCheckpoint, OperatorSnapshot, OperatorSubtaskSnapshot } from "../../checkpoint/snapshot.ts";
import { bytesText, durationText } from "../../core/figures.ts";
import type { StateDescription } from "../../state/keyed-state-backend.ts";
import type { Finding } from "./finding.ts";
import type { JobFacts } from "./job-facts.ts";

/** Samples that are kept; from there on every second one goes, so that they still reach back to the start. */
const SAMPLES_MAX = 64;

/** Less is not worth a word. */
const GROWN_BYTES_MIN = 64 * 1024;
/** From here on somebody should look. */
const WARNING_BYTES_PER_HOUR = 10 * 1024 * 1024;

/** What a job's operators held in one completed checkpoint. */
export interface StateSample {
  readonly checkpointId: number;
  readonly atMs: number;
  readonly operators: readonly OperatorStateSize[];
}

export interface OperatorStateSize {
  readonly operatorName: string;
  readonly bytes: number;
  /** Keyed states that keep each key until the program removes it. */
  readonly withoutTtl: readonly string[];
}

/** Remembers how large the state was at earlier checkpoints. */
export class StateHistory {
  #samples: readonly StateSample[] = [];

  /** Oldest first. */
  get samples(): readonly StateSample[] {
    return this.#samples;
  }

  add({ metadata: { checkpointId, completedMs, operators } }: CompletedCheckpoint): void {
    const kept =
      this.#samples.length < SAMPLES_MAX ? this.#samples : this.#samples.filter((_, index) => index % 2 === 0);
    this.#samples = [...kept, { checkpointId, atMs: completedMs, operators: operators.map(sizeOf) }];
  }
}

/** What is growing: bytes of each operator's state from the first remembered checkpoint to the last. */
export function explainGrowth({ states }: JobFacts): readonly Finding[] {
  const first = states[0];
  const last = states.at(-1);
  if (first === undefined || last === undefined || last.atMs <= first.atMs) return [];
  const elapsedMs = last.atMs - first.atMs;
  return last.operators.flatMap(({ operatorName, bytes, withoutTtl }) => {
    const before = first.operators.find((one) => one.operatorName === operatorName)?.bytes ?? 0;
    const grown = bytes - before;
    if (grown < GROWN_BYTES_MIN) return [];
    const perHour = (grown * 3_600_000) / elapsedMs;
    const forgets =
      withoutTtl.length === 0
        ? ""
        : `; ${named(withoutTtl)} of it keep${withoutTtl.length === 1 ? "s" : ""} every key until the program removes it`;
    return [
      {
        kind: "growing-state",
        severity: withoutTtl.length > 0 && perHour >= WARNING_BYTES_PER_HOUR ? "warning" : "info",
        operator: operatorName,
        sentence: `the state of "${operatorName}" has grown from ${bytesText(before)} to ${bytesText(bytes)} in ${durationText(elapsedMs)}, that is ${bytesText(Math.round(perHour))} per hour${forgets}.`,
        facts: {
          bytesBefore: before,
          bytes,
          elapsedMs,
          bytesPerHour: perHour,
          withoutTtl,
          checkpointId: last.checkpointId,
        },
        ...(withoutTtl.length === 0
          ? {}
          : {
              advice:
                'Where a key is not needed for ever, give the state a time to live, valueState({ ttl: "1d" }), or clear() it.',
            }),
      } satisfies Finding,
    ];
  });
}

function sizeOf({ name, subtasks }: OperatorSnapshot): OperatorStateSize {
  const all = [...subtasks.values()];
  const states = all.flatMap(({ keyed, native }) => keyed?.states ?? native?.states ?? []);
  return {
    operatorName: name,
    bytes: all.reduce((sum, snapshot) => sum + stateBytesOf(snapshot), 0),
    withoutTtl: [...new Set(states.filter(keepsKeys).map((state) => state.name))],
  };
}

/** The state of windows goes with them, and timers when they fire. */
function keepsKeys({ kind, windowed, ttl }: StateDescription): boolean {
  return !windowed && !ttl && kind !== "slices" && kind !== "timers";
}

function stateBytesOf({ keyed, native, operatorState = [] }: OperatorSubtaskSnapshot): number {
  const handles = [...(keyed === undefined ? [] : [keyed.data]), ...(native?.files ?? []).map(({ data }) => data)];
  const keyedBytes = handles.reduce((sum, data) => sum + (data.kind === "inline" ? data.bytes.length : data.length), 0);
  return operatorState.flatMap(({ items }) => items).reduce((sum, item) => sum + item.length, keyedBytes);
}

function named(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(", ");
}
