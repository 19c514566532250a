import type { StreamEdge } from "../graph/stream-graph.ts";
import type { BroadcastDeclarations } from "../operators/functions.ts";

/** A stream that every subtask gets in full, with the maps to keep of it. Its use is `stream.connect(broadcast)`. */
export class BroadcastStream<T, B extends BroadcastDeclarations> {
  /** @internal */
  readonly edges: readonly StreamEdge[];
  /** The maps, by name. */
  readonly states: B;
  declare readonly _record?: T;

  /** @internal */
  constructor(edges: readonly StreamEdge[], states: B) {
    this.edges = edges;
    this.states = states;
  }
}
