import type { UnusedStates } from "../messages.ts";

/** Gathers from all subtasks which restored states no operator uses; says so once per operator, however often the job restarts. */
export class UnusedStateReport {
  readonly #states = new Map<string, Set<string>>();
  readonly #told = new Set<string>();

  add(unused: readonly UnusedStates[]): void {
    for (const { operatorName, states } of unused) {
      const known = this.#states.get(operatorName) ?? new Set();
      for (const state of states) known.add(state);
      this.#states.set(operatorName, known);
    }
  }

  /** A line per operator that has not been told of yet. */
  takeLines(): readonly string[] {
    const untold = [...this.#states].filter(([operatorName]) => !this.#told.has(operatorName));
    return untold.map(([operatorName, states]) => {
      this.#told.add(operatorName);
      const names = [...states].sort().map((name) => `"${name}"`);
      return `"${operatorName}" restored state that it does not use: ${names.join(", ")}; it is kept, for a program that does`;
    });
  }
}
