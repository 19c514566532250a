import type { Duration } from "../core/time.ts";
import type { OutputTag } from "../operators/operator.ts";
import type { Evictor } from "../operators/windows/evictor.ts";
import type { TaggedUnion } from "../operators/windows/tagged-union.ts";
import type { Trigger } from "../operators/windows/trigger.ts";
import type { Window } from "../operators/windows/window.ts";
import type { WindowDeclaration } from "./window-declaration.ts";

/** Windows that two streams share, while the program is still saying what it wants. Their parts see records with a tag that says whose it is. */
export class TaggedWindows<T, U, W extends Window> {
  // Erased, so that a stream of a narrower type is a stream of a wider one.
  /** @internal */
  protected readonly declaration: WindowDeclaration<any, any>;

  /** @internal */
  constructor(declaration: WindowDeclaration<TaggedUnion<T, U>, W>) {
    this.declaration = declaration;
  }

  /** When a window emits, instead of the assigner's default. */
  trigger(trigger: Trigger<TaggedUnion<T, U>, W>): this {
    this.declaration.trigger(trigger);
    return this;
  }

  /** Removes elements from a window when it emits. */
  evictor(evictor: Evictor<TaggedUnion<T, U>, W>): this {
    this.declaration.evictor(evictor);
    return this;
  }

  /** How long after its end a window waits for late records; each of them makes it emit again, all of it. Default 0. Event time only. */
  allowedLateness(lateness: Duration): this {
    this.declaration.allowedLateness(lateness);
    return this;
  }

  /** Where records go that come after their window is gone. Default: they are counted, a sample is shown, and they are dropped. */
  sideOutputLateData(tag: OutputTag<TaggedUnion<T, U>>): this {
    this.declaration.lateTag(tag);
    return this;
  }
}
