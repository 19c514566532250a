/** What `invariant` throws: a mistake of ours, never the user's. The task fails and recovery takes over. */
export class InvariantError extends Error {
  override readonly name = "InvariantError";
  readonly facts: Readonly<Record<string, unknown>>;

  constructor(law: string, facts: Readonly<Record<string, unknown>>) {
    super(`broken invariant: ${law} ${describe(facts)}`);
    this.facts = facts;
  }
}

/** States one fact that must hold, also in production. One fact per call; never on a path per record unless it is free. */
export function invariant(holds: boolean, law: string, facts: Readonly<Record<string, unknown>> = {}): asserts holds {
  if (!holds) throw new InvariantError(law, facts);
}

function describe(facts: Readonly<Record<string, unknown>>): string {
  const entries = Object.entries(facts).map(([name, value]) => `${name}=${String(value)}`);
  return entries.length === 0 ? "" : `(${entries.join(", ")})`;
}
