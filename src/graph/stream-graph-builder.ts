import type { KeySelector, NodeBody, StreamEdge, StreamGraph, StreamNode } from "./stream-graph.ts";

/** What a declaration says of its operator; everything else is set later, by `.name()`, `.uid()` and the like. */
export interface NodeDeclaration {
  readonly role: string;
  readonly name: string;
  readonly body: NodeBody;
  readonly inputs?: readonly (readonly StreamEdge[])[];
  readonly keySelectors?: readonly (KeySelector | undefined)[];
  readonly states?: StreamNode["states"];
  readonly checkRestored?: StreamNode["checkRestored"];
  readonly declaredAt: string;
  /** Fixed from the start, for operators that cannot run in parallel. */
  readonly parallelism?: number;
}

/** Collects a program's operators in order of declaration. */
export class StreamGraphBuilder {
  #declared = 0;
  #pending: StreamNode[] = [];

  add(declaration: NodeDeclaration): StreamNode {
    const inputs = declaration.inputs ?? [];
    const node: StreamNode = {
      index: this.#declared++,
      role: declaration.role,
      name: declaration.name,
      uid: undefined,
      formerly: [],
      parallelism: declaration.parallelism,
      maxParallelism: undefined,
      chaining: "always",
      body: declaration.body,
      inputs,
      keySelectors: declaration.keySelectors ?? inputs.map(() => undefined),
      states: declaration.states ?? [],
      checkRestored: declaration.checkRestored,
      get declaredAt() {
        return declaration.declaredAt;
      },
    };
    this.#pending.push(node);
    return node;
  }

  /**
   * The program declared since the last `clear`: every operator, whether or not a sink follows (it may have effects of its own), and every
   * source that one of them reads. Operators declared before are part of it where something declared since reads them.
   */
  build(jobName: string): StreamGraph {
    const wanted = new Set<StreamNode>();
    const visit = (node: StreamNode): void => {
      if (wanted.has(node)) return;
      wanted.add(node);
      for (const edge of node.inputs.flat()) visit(edge.source);
    };
    this.#pending.filter((node) => node.body.kind !== "source").forEach(visit);
    return { jobName, nodes: [...wanted].sort((a, b) => a.index - b.index) };
  }

  /** What has been declared so far has been submitted; the next job starts from what comes after. */
  clear(): void {
    this.#pending = [];
  }
}
