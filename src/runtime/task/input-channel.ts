import type { CheckpointId } from "../../core/ids.ts";
import { MIN_TIMESTAMP } from "../../core/time.ts";
import type { ChannelEvent, ChannelMessage, ChannelReader, ChannelReceiver, Traffic } from "../channel/channel.ts";
import type { TaskId } from "../messages.ts";
import type { Queued } from "../metrics/task-reading.ts";
import type { Push } from "./link.ts";

/** How many turns in a row a channel waits whose records are ahead: a quarter of the rate is left to it. */
const PASSED_OVER_MAX = 3;

/** One input channel of a subtask. */
export class InputChannel implements ChannelReceiver {
  readonly index: number;
  readonly source: TaskId;
  readonly receive: Push;
  readonly #reader: ChannelReader;
  readonly #handle: (channel: InputChannel, event: ChannelEvent) => void;
  #passedOver = 0;
  dataEnded = false;
  ended = false;

  constructor(
    index: number,
    source: TaskId,
    reader: ChannelReader,
    receive: Push,
    handle: (channel: InputChannel, event: ChannelEvent) => void,
  ) {
    this.index = index;
    this.source = source;
    this.receive = receive;
    this.#reader = reader;
    this.#handle = handle;
    reader.connect(this);
  }

  handle(event: ChannelEvent): void {
    this.#handle(this, event);
  }

  /** `overtaken`: the barrier is looked for that overtakes what is on it. */
  setOpen(open: boolean, overtaken = false): void {
    this.#reader.setOpen(open && !this.ended, overtaken);
  }

  close(): void {
    this.setOpen(false);
    this.#reader.close();
  }

  overtake(id: CheckpointId): readonly ChannelMessage[] | undefined {
    return this.#reader.overtake(id);
  }

  setQueued(queued: boolean): void {
    this.#reader.setQueued?.(queued);
  }

  get queued(): Queued {
    return this.#reader.queued;
  }

  get traffic(): Traffic | undefined {
    return this.#reader.traffic;
  }

  takeLatestMs(): number {
    return this.#reader.takeLatestMs?.() ?? MIN_TIMESTAMP;
  }

  /**
   * Whether this turn is left to the thread's own records, which have come up to `ownMs`, because those of this channel are ahead of
   * them. Taken at once, they would wait in state for the others, and their sender, with its records gone, would get further ahead.
   */
  isPassedOver(ownMs: number): boolean {
    const { nextMs = MIN_TIMESTAMP } = this.#reader;
    const waits = ownMs > MIN_TIMESTAMP && nextMs > ownMs && this.#passedOver < PASSED_OVER_MAX;
    this.#passedOver = waits ? this.#passedOver + 1 : 0;
    return waits;
  }

  poll(recordsMax: number): number {
    return this.#reader.poll(recordsMax);
  }

  /** Something can be delivered at once. */
  get ready(): boolean {
    return this.#reader.ready;
  }

  /** Something has come since its barrier was last looked for. */
  get hasArrivals(): boolean {
    return this.#reader.hasArrivals;
  }
}
