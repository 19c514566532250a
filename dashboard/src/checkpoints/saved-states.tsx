import { bytesText, countText } from "../figures/figures.ts";
import type { SavedState } from "../rest/millrace.ts";

export interface SavedStatesProps {
  /** Of one step. */
  readonly states: readonly SavedState[];
  readonly largestBytes: number;
}

/** What a step has saved, by operator and state, the largest first. */
export function SavedStates({ states, largestBytes }: SavedStatesProps) {
  const held = states.filter(({ entries }) => entries > 0).sort((a, b) => b.bytes - a.bytes);
  if (held.length === 0) return null;
  return (
    <ul class="saved-states">
      {held.map((state) => (
        <li key={`${state.operatorName} ${state.name}`}>
          <span class="operator-name">
            {state.operatorName}: <b>{state.name}</b>
          </span>
          <span class="faint">{contentsText(state)}</span>
          <span class="operator-size">
            <span class="size-track">
              <span class="size-full" style={{ width: `${(state.bytes / largestBytes) * 100}%` }} />
            </span>
            <span class="faint">{bytesText(state.bytes)}</span>
          </span>
        </li>
      ))}
    </ul>
  );
}

const OF_SUBTASKS: readonly string[] = ["split", "union", "broadcast"];

/** How much it holds, and whether that goes by itself. */
export function contentsText({ kind, windowed, ttl, entries }: SavedState): string {
  const count = countText(entries);
  if (OF_SUBTASKS.includes(kind)) return `${count} items of its subtasks`;
  if (kind === "timers") return `${count} timers`;
  if (windowed || kind === "slices") return `${count} windows of keys`;
  return `${count} keys${ttl ? ", with a time to live" : ", kept until removed"}`;
}
