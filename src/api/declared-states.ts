import type { DeclaredState } from "../graph/stream-graph.ts";
import type { BroadcastDeclarations, OperatorStateDeclarations } from "../operators/functions.ts";
import { openedState } from "../state/compatibility.ts";
import type { StateDeclarations } from "../state/descriptors.ts";

/** What the plan says of the keyed states that a function declares; `windowed`: each window has its own. */
export function declaredStates(
  declarations: StateDeclarations | undefined,
  { windowed = false, prefix = "" }: { readonly windowed?: boolean; readonly prefix?: string } = {},
): readonly DeclaredState[] {
  return Object.entries(declarations ?? {}).map(([property, descriptor]) => {
    const name = `${prefix}${descriptor.name ?? property}`;
    return { name, kind: descriptor.kind, opened: openedState(name, descriptor, windowed) };
  });
}

/** What the plan says of states that belong to subtasks. */
export function declaredOperatorStates(
  declarations: OperatorStateDeclarations | BroadcastDeclarations | undefined,
): readonly DeclaredState[] {
  return Object.entries(declarations ?? {}).map(([property, descriptor]) => {
    return { name: descriptor.name ?? property, kind: descriptor.kind, options: descriptor };
  });
}
