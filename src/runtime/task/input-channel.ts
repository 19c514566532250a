import type { CheckpointId } from "../../core/ids.ts";
import type { ChannelEvent, ChannelMessage, ChannelReader, ChannelReceiver, Traffic } from "../channel/channel.ts";
import type { TaskId } from "../messages.ts";
import type { Queued } from "../metrics/task-reading.ts";
import type { Push } from "./link.ts";

/** One input channel of a subtask. */
export class InputChannel implements ChannelReceiver {
  readonly index: number;
  readonly source: TaskId;
  readonly receive: Push;
  readonly #reader: ChannelReader;
  readonly #handle: (channel: InputChannel, event: ChannelEvent) => void;
  #held = false;
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

  /** `held`: nothing is delivered until the barrier is here that overtakes what is on it. */
  setOpen(open: boolean, held = false): void {
    this.#held = held;
    this.#reader.setOpen(open && !held && !this.ended);
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

  poll(recordsMax: number): number {
    return this.#reader.poll(recordsMax);
  }

  /** Something can be delivered at once, or has come since the barrier was last looked for. */
  get ready(): boolean {
    return this.#held ? this.#reader.hasArrivals : this.#reader.ready;
  }
}
