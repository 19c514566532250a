import type { CheckpointId } from "../../core/ids.ts";
import type { Barrier } from "../channel/channel.ts";

/** What a barrier, an end or an abort leads to. */
export type AlignmentStep =
  | { readonly kind: "wait" }
  /** All channels have delivered it: take the snapshot. */
  | { readonly kind: "aligned"; readonly barrier: Barrier }
  | { readonly kind: "ignore" };

/**
 * Decides when the barrier of a checkpoint has arrived on all channels of a subtask. Pure: no clock, no channel in it.
 * Channels that have ended count as arrived. A newer barrier, or an abort, gives an older alignment up.
 */
export class BarrierAlignment {
  readonly #ended: boolean[];
  readonly #arrived = new Set<number>();
  #barrier: Barrier | undefined;
  /** Barriers up to this id are of the past: done, aborted or overtaken. */
  #pastId = 0;

  constructor(channelCount: number) {
    this.#ended = Array.from({ length: channelCount }, () => false);
  }

  /** The checkpoint that is being aligned. */
  get pending(): Barrier | undefined {
    return this.#barrier;
  }

  hasArrived(channel: number): boolean {
    return this.#arrived.has(channel);
  }

  /** @param channel - undefined: a trigger from the job manager, for a subtask whose inputs have all ended. */
  barrier(channel: number | undefined, barrier: Barrier): AlignmentStep {
    if (barrier.id <= this.#pastId || (this.#barrier !== undefined && barrier.id < this.#barrier.id))
      return { kind: "ignore" };
    if (this.#barrier === undefined || barrier.id > this.#barrier.id) {
      this.#arrived.clear();
      this.#barrier = barrier;
    }
    if (channel !== undefined) this.#arrived.add(channel);
    return this.#check();
  }

  end(channel: number): AlignmentStep {
    this.#ended[channel] = true;
    return this.#barrier === undefined ? { kind: "ignore" } : this.#check();
  }

  abort(id: CheckpointId): void {
    if (id > this.#pastId) this.#pastId = id;
    if (this.#barrier !== undefined && this.#barrier.id <= id) {
      this.#barrier = undefined;
      this.#arrived.clear();
    }
  }

  #check(): AlignmentStep {
    const barrier = this.#barrier!;
    const complete = this.#ended.every((ended, channel) => ended || this.#arrived.has(channel));
    if (!complete) return { kind: "wait" };
    this.#pastId = barrier.id;
    this.#barrier = undefined;
    this.#arrived.clear();
    return { kind: "aligned", barrier };
  }
}
