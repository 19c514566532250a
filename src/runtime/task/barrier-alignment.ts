import type { CheckpointId } from "../../core/ids.ts";
import type { Barrier } from "../channel/channel.ts";

/** What a barrier, an end or an abort leads to. */
export type AlignmentStep =
  | { readonly kind: "wait" }
  /** All channels have delivered it: take the snapshot. */
  | { readonly kind: "aligned"; readonly barrier: Barrier }
  /** Take the snapshot now; what is on its way on the channels that are missing belongs to it, up to their barriers. */
  | { readonly kind: "overtake"; readonly barrier: Barrier }
  /** After `overtake`: the barriers of all channels are here. */
  | { readonly kind: "collected"; readonly barrier: Barrier }
  | { readonly kind: "ignore" };

/** Aborted checkpoints, whose barriers may still come, that are remembered: the newest. As many as in Flink. */
const ABORTED_MAX = 128;

/**
 * Decides when a subtask takes its snapshot for a checkpoint. Pure: no clock, no channel in it.
 *
 *     aligned      once the barrier has arrived on all channels; those that were first wait
 *     unaligned    as soon as the subtask hears of it; the channels' contents up to the barriers are part of the checkpoint
 *
 * The latter is the algorithm of Chandy and Lamport ("Distributed snapshots", 1985) in the form of Flink's FLIP-76. Channels that must not
 * be overtaken, because their contents could not be dealt out at another parallelism, are waited for all the same. Channels that have
 * ended count as arrived. A newer barrier gives an older checkpoint up; an abort only its own.
 */
export class BarrierAlignment {
  readonly #ended: boolean[];
  readonly #mayOvertake: readonly boolean[];
  readonly #arrived = new Set<number>();
  readonly #aborted = new Set<number>();
  #barrier: Barrier | undefined;
  #overtaking = false;
  /** Barriers up to this id are of the past: done or overtaken. */
  #pastId = 0;

  /** @param mayOvertake - By channel: whether an unaligned barrier may overtake what is on it. */
  constructor(mayOvertake: readonly boolean[]) {
    this.#ended = mayOvertake.map(() => false);
    this.#mayOvertake = mayOvertake;
  }

  /** The checkpoint that is under way, from its first barrier to its last. */
  get pending(): Barrier | undefined {
    return this.#barrier;
  }

  /** Whether `pending` has its snapshot, and what was overtaken is being collected. */
  get overtaking(): boolean {
    return this.#overtaking;
  }

  hasArrived(channel: number): boolean {
    return this.#arrived.has(channel);
  }

  /** Whether `pending` lacks the channel's barrier. */
  isMissing(channel: number): boolean {
    return this.#barrier !== undefined && !this.#isIn(channel);
  }

  /** @param channel - undefined: from the job manager, to a subtask whose inputs have all ended, or to any for an unaligned checkpoint. */
  barrier(channel: number | undefined, barrier: Barrier): AlignmentStep {
    if (
      this.#aborted.has(barrier.id) ||
      barrier.id <= this.#pastId ||
      (this.#barrier !== undefined && barrier.id < this.#barrier.id)
    )
      return { kind: "ignore" };
    if (this.#barrier === undefined || barrier.id > this.#barrier.id) {
      this.#letGo();
      this.#barrier = barrier;
    } else if (barrier.unaligned === true) this.#barrier = barrier;
    if (channel !== undefined) this.#arrived.add(channel);
    return this.#check();
  }

  end(channel: number): AlignmentStep {
    this.#ended[channel] = true;
    return this.#barrier === undefined ? { kind: "ignore" } : this.#check();
  }

  abort(id: CheckpointId): void {
    if (id <= this.#pastId) return;
    this.#aborted.add(id);
    const [oldest] = this.#aborted;
    if (this.#aborted.size > ABORTED_MAX) this.#aborted.delete(oldest!);
    if (this.#barrier?.id === id) this.#letGo();
  }

  #check(): AlignmentStep {
    const barrier = this.#barrier!;
    if (this.#mayOvertake.every((_, channel) => this.#isIn(channel))) {
      const kind = this.#overtaking ? "collected" : "aligned";
      this.#pastId = barrier.id;
      for (const id of this.#aborted) if (id <= barrier.id) this.#aborted.delete(id);
      this.#letGo();
      return { kind, barrier };
    }
    const mayBegin = this.#mayOvertake.every((may, channel) => may || this.#isIn(channel));
    if (barrier.unaligned !== true || this.#overtaking || !mayBegin) return { kind: "wait" };
    this.#overtaking = true;
    return { kind: "overtake", barrier };
  }

  #isIn(channel: number): boolean {
    return this.#ended[channel] === true || this.#arrived.has(channel);
  }

  #letGo(): void {
    this.#barrier = undefined;
    this.#overtaking = false;
    this.#arrived.clear();
  }
}
