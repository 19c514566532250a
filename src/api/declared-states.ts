import type { StreamNode } from "../graph/stream-graph.ts";

/** What the plan says of the states that a function declares. */
export function declaredStates(
  declarations: Readonly<Record<string, { readonly kind: string; readonly name?: string }>> | undefined,
): StreamNode["states"] {
  return Object.entries(declarations ?? {}).map(([property, { kind, name }]) => ({ name: name ?? property, kind }));
}
