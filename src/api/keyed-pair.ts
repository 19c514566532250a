import type { KeyedInput, StreamFactory } from "./stream-factory.ts";

/** Two streams with the same keys, on their way to one operator. */
export abstract class KeyedPair<T, U, K> {
  /** @internal */
  protected readonly left: KeyedInput;
  /** @internal */
  protected readonly right: KeyedInput;
  /** @internal */
  protected readonly factory: StreamFactory;
  declare readonly _records?: [T, U, K];

  /** @internal */
  constructor(left: KeyedInput, right: KeyedInput, factory: StreamFactory) {
    this.left = left;
    this.right = right;
    this.factory = factory;
  }
}
