import type { ChannelEvent, ChannelReader, ChannelReceiver, Traffic } from "../channel/channel.ts";
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

  setOpen(open: boolean): void {
    this.#reader.setOpen(open && !this.ended);
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

  get ready(): boolean {
    return this.#reader.ready;
  }
}
