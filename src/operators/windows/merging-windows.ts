import type { ValueState } from "../../state/descriptors.ts";
import { valueState } from "../../state/descriptors.ts";
import type { KeyedStateBackend, Namespace } from "../../state/keyed-state-backend.ts";
import type { Window } from "./window.ts";
import type { WindowAssigner } from "./window-assigner.ts";
import { MERGING_STATE } from "./window-state-names.ts";

/** A window that is open, and the window under whose name its contents are kept: contents need not move each time it grows. */
export interface OpenWindow<W> {
  readonly window: W;
  readonly contentsOf: W;
}

/** What a new window means for those that are open. */
export interface MergePlan<W> {
  /** The window that the new one is, or has become part of. */
  readonly target: OpenWindow<W>;
  /** The windows that became part of `target.window`, and are no more. */
  readonly merged: readonly W[];
  /** Under which names lie the contents that must move to `target.contentsOf`. */
  readonly contentsToMove: readonly W[];
  /** The windows that are open afterwards. */
  readonly open: readonly OpenWindow<W>[];
}

/** Decides what becomes of `open` (none of which overlap or touch) when `added` opens. */
export function planMerge<W extends Window>(
  mergeWindows: NonNullable<WindowAssigner<any, W>["mergeWindows"]>,
  open: readonly OpenWindow<W>[],
  added: W,
): MergePlan<W> {
  let onto: W | undefined;
  let group: readonly W[] = [];
  mergeWindows([...open.map(({ window }) => window), added], (target, windows) => {
    if (!windows.includes(added)) return;
    onto = target;
    group = windows;
  });
  const members = open.filter(({ window }) => group.includes(window));
  const first = members[0];
  if (onto === undefined || first === undefined) {
    const target = { window: added, contentsOf: added };
    return { target, merged: [], contentsToMove: [], open: [...open, target] };
  }
  if (members.length === 1 && sameBounds(first.window, onto)) {
    return { target: first, merged: [], contentsToMove: [], open };
  }
  const target = { window: onto, contentsOf: first.contentsOf };
  return {
    target,
    merged: members.map(({ window }) => window),
    contentsToMove: members.slice(1).map(({ contentsOf }) => contentsOf),
    open: [...open.filter((entry) => !members.includes(entry)), target],
  };
}

/** The open windows of each key, as state. */
export class OpenWindows<W extends Window> {
  /** Four numbers per window: its bounds, and those of the window that names its contents. */
  readonly #state: ValueState<readonly number[]>;
  readonly #windowOf: (start: number, end: number) => W;

  constructor(backend: KeyedStateBackend, windowOf: (start: number, end: number) => W) {
    this.#state = backend.open(MERGING_STATE, valueState<readonly number[]>());
    this.#windowOf = windowOf;
  }

  /** Of the current key. */
  get(): readonly OpenWindow<W>[] {
    const numbers = this.#state.value() ?? [];
    const open: OpenWindow<W>[] = [];
    for (let i = 0; i < numbers.length; i += 4) {
      open.push({
        window: this.#windowOf(numbers[i] as number, numbers[i + 1] as number),
        contentsOf: this.#windowOf(numbers[i + 2] as number, numbers[i + 3] as number),
      });
    }
    return open;
  }

  find(window: Namespace): OpenWindow<W> | undefined {
    return this.get().find((entry) => sameBounds(entry.window, window));
  }

  set(open: readonly OpenWindow<W>[]): void {
    if (open.length === 0) {
      this.#state.clear();
      return;
    }
    const numbers: number[] = [];
    for (const { window, contentsOf } of open) {
      numbers.push(window.start, window.end, contentsOf.start, contentsOf.end);
    }
    this.#state.update(numbers);
  }

  remove(window: Namespace): void {
    this.set(this.get().filter((entry) => !sameBounds(entry.window, window)));
  }
}

function sameBounds(a: Namespace, b: Namespace): boolean {
  return a.start === b.start && a.end === b.end;
}
