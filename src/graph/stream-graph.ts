import type { Schema } from "../codec/schema.ts";
import type { AnySink } from "../connectors/sink.ts";
import type { AnySource } from "../connectors/source.ts";
import type { OneInputOperator, OutputTag, TwoInputOperator } from "../operators/operator.ts";
import type { WatermarkStrategy } from "../operators/watermark-strategy.ts";
import type { OpenedState } from "../state/compatibility.ts";
import type { StateDescription } from "../state/keyed-state-backend.ts";
import type { OperatorStateOptions } from "../state/operator-state-backend.ts";

export type KeySelector = (value: any) => unknown;

/** Which subtask of the next operator gets a record. `auto`: forward where both have the same parallelism, otherwise rebalance. */
export type Partitioning =
  | { readonly kind: "auto" | "forward" | "rebalance" | "rescale" | "shuffle" | "broadcast" | "global" }
  /** `keySchema`: the type of the keys, where the program declares it. */
  | { readonly kind: "hash"; readonly keySelector: KeySelector; readonly keySchema?: Schema | undefined }
  | { readonly kind: "custom"; readonly partition: (value: any, subtaskCount: number) => number };

/** What a node does. Factories are called once per subtask, in the thread that runs it. */
export type NodeBody =
  | { readonly kind: "source"; readonly source: AnySource<any>; readonly watermarks: WatermarkStrategy<any> }
  | {
      readonly kind: "one-input";
      readonly create: () => OneInputOperator<any, any>;
      /** Set where this operator is the writer of a sink that also takes messages in the submitting thread. */
      readonly sink?: AnySink<any>;
    }
  | { readonly kind: "two-input"; readonly create: () => TwoInputOperator<any, any, any> };

export interface StreamEdge {
  readonly source: StreamNode;
  /** Set: this edge carries the side output with that tag. */
  readonly tag?: OutputTag<any>;
  readonly partitioning: Partitioning;
}

/** A state that the functions of an operator declare. */
export interface DeclaredState {
  readonly name: string;
  readonly kind: string;
  /** What the operator asks when it opens it, where it is keyed; undefined for state of a subtask. */
  readonly opened?: OpenedState;
  /** The same of state of a subtask. */
  readonly options?: OperatorStateOptions;
}

/** One operator as the program declared it. Mutable until the graph is planned: `uid`, `name`, ... come after the call that made it. */
export interface StreamNode {
  /** Order of declaration, from 0. */
  readonly index: number;
  /** What kind of operator people see: "source", "map", "window", "sink", ... */
  readonly role: string;
  name: string;
  uid: string | undefined;
  /** What it was known by in earlier programs: uids, or names where it had none. */
  formerly: readonly string[];
  parallelism: number | undefined;
  maxParallelism: number | undefined;
  chaining: "always" | "head" | "never";
  readonly body: NodeBody;
  /** By logical input (one or two); several edges of one input are a union. */
  readonly inputs: readonly (readonly StreamEdge[])[];
  /** By logical input: how a record's key is found, where that input is keyed. */
  readonly keySelectors: readonly (KeySelector | undefined)[];
  /** The states that the functions declare, for the plan. */
  readonly states: readonly DeclaredState[];
  /** Set for windows, which look at all that a restore brings: throws a `RestoreError` where they could not go on with it. */
  readonly checkRestored?: ((operatorName: string, restored: readonly StateDescription[]) => void) | undefined;
  /** Where the program declared it, `file:line:column`, for messages. */
  readonly declaredAt: string;
}

/** The program, as declared: every operator, and every source that one of them reads, in order of declaration. */
export interface StreamGraph {
  readonly jobName: string;
  readonly nodes: readonly StreamNode[];
}
