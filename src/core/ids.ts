import { invariant } from "./invariant.ts";

declare const brand: unique symbol;
type Id<T, Name extends string> = T & { readonly [brand]: Name };

/** A job's id: 32 hex digits, new at each submission. What a person types is the job's name. */
export type JobId = Id<string, "JobId">;
/** An operator's id: 32 hex digits, derived from its `uid`, or from names and structure. It survives changes of the program. */
export type OperatorId = Id<string, "OperatorId">;
/** A job vertex's id: the id of the first operator of its chain. */
export type VertexId = Id<string, "VertexId">;
export type CheckpointId = Id<number, "CheckpointId">;

export const asJobId = (hex: string): JobId => hex as JobId;
export const asOperatorId = (hex: string): OperatorId => hex as OperatorId;
export const asVertexId = (hex: string): VertexId => hex as VertexId;

/** Ids start at 1 and only grow; a failed attempt leaves a gap. */
export function checkpointId(value: number): CheckpointId {
  invariant(Number.isSafeInteger(value) && value >= 1, "a checkpoint id is a whole number from 1", { value });
  return value as CheckpointId;
}
