import type { StreamNode } from "../graph/stream-graph.ts";
import type { OutputTag } from "../operators/operator.ts";
import { DataStream } from "./data-stream.ts";
import {
  boundNode,
  identifyNode,
  nameNode,
  type OperatorSettings,
  scaleNode,
  type UidOptions,
} from "./operator-settings.ts";
import type { StreamFactory } from "./stream-factory.ts";

/**
 * The stream that an operator puts out, and at the same time the place to say more about that operator.
 *
 * @example
 * words.map(clean).name("clean words").uid("clean").setParallelism(4);
 */
export class SingleOutputStreamOperator<T> extends DataStream<T> implements OperatorSettings {
  readonly #node: StreamNode;
  readonly #parallelismMax: number | undefined;

  /** @internal */
  constructor(node: StreamNode, factory: StreamFactory, parallelismMax?: number) {
    super([{ source: node, partitioning: { kind: "auto" } }], factory);
    this.#node = node;
    this.#parallelismMax = parallelismMax;
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
    scaleNode(this.#node, parallelism, this.#parallelismMax);
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

  /** Runs the operator apart from what feeds it; what follows may still be chained to it. */
  startNewChain(): this {
    this.#node.chaining = "head";
    return this;
  }

  /**
   * What the operator's function has put out under `tag`.
   *
   * @example
   * const negative = new OutputTag<number>("negative");
   * const positive = numbers.process({
   *   processElement(n, context, out: Collector<number>) {
   *     if (n < 0) context.output(negative, n);
   *     else out.collect(n);
   *   },
   * });
   * positive.getSideOutput(negative).print();
   */
  getSideOutput<S>(tag: OutputTag<S>): DataStream<S> {
    return this.factory.stream([{ source: this.#node, tag, partitioning: { kind: "auto" } }]);
  }
}
