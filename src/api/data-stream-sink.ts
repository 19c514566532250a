import type { StreamNode } from "../graph/stream-graph.ts";
import {
  boundNode,
  identifyNode,
  nameNode,
  type OperatorSettings,
  scaleNode,
  type UidOptions,
} from "./operator-settings.ts";

/** The end of a stream, and the place to say more about the sink there. */
export class DataStreamSink implements OperatorSettings {
  readonly #node: StreamNode;

  /** @internal */
  constructor(node: StreamNode) {
    this.#node = node;
  }

  name(name: string): this {
    nameNode(this.#node, name);
    return this;
  }

  uid(uid: string, options?: UidOptions): this {
    identifyNode(this.#node, uid, options);
    return this;
  }

  setParallelism(parallelism: number): this {
    scaleNode(this.#node, parallelism);
    return this;
  }

  setMaxParallelism(maxParallelism: number): this {
    boundNode(this.#node, maxParallelism);
    return this;
  }

  disableChaining(): this {
    this.#node.chaining = "never";
    return this;
  }
}
