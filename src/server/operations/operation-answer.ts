import { type TObject, type TUnsafe, Type } from "@sinclair/typebox";
import { stacksOf, stackText } from "../../core/error-stacks.ts";
import { type FailureCause, FailureCauseSchema, failureCause } from "../java-serialization.ts";
import { notFound } from "../rest-error.ts";
import { HexId, textOf } from "../schemas.ts";
import type { Operation } from "./operations.ts";

export interface TriggerAnswer {
  readonly "request-id": string;
}

/** The answer to what starts an operation. */
export const TriggerAnswerSchema: TUnsafe<TriggerAnswer> = Type.Unsafe(Type.Object({ "request-id": HexId }));

/** What every operation may be told: its id, so that asking twice is asking once. */
export const TriggerIdSchema: TUnsafe<string | null | undefined> = Type.Unsafe(
  Type.Optional(Type.Union([HexId, Type.Null()])),
);

export interface OperationAnswer<T> {
  readonly status: { readonly id: "IN_PROGRESS" | "COMPLETED" };
  /** Null while it is under way. One that failed is completed too. */
  readonly operation: T | null;
}

export function operationSchema<T>(fields: TObject["properties"]): TUnsafe<OperationAnswer<T>> {
  return Type.Unsafe(
    Type.Object({
      status: Type.Object({ id: textOf(["IN_PROGRESS", "COMPLETED"]) }),
      operation: Type.Union([Type.Object(fields), Type.Null()]),
    }),
  );
}

export const OPTIONAL_CAUSE: TObject["properties"][string] = Type.Optional(FailureCauseSchema);

/** @throws {RestError} 404: no such operation is known, or not any more. */
export function operationAnswer<T, A>(
  operation: Operation<T> | undefined,
  completed: (result: T) => A,
  failed: (cause: FailureCause) => A,
): OperationAnswer<A> {
  switch (operation?.kind) {
    case undefined:
      throw notFound("Operation not found: its id is unknown, or it ended more than five minutes ago.");
    case "in-progress":
      return { status: { id: "IN_PROGRESS" }, operation: null };
    case "completed":
      return { status: { id: "COMPLETED" }, operation: completed(operation.result) };
    case "failed": {
      const { name, message } = operation.error;
      const stack = stackText(stacksOf(operation.error));
      return { status: { id: "COMPLETED" }, operation: failed(failureCause(name, message, stack)) };
    }
  }
}
