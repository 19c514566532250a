import type { ChannelEvent, ChannelMessage } from "../channel/channel.ts";
import { MessageCollector } from "../channel/message-collector.ts";
import type { ChannelOrigin } from "./in-flight-writer.ts";
import type { Push } from "./link.ts";
import type { WatermarkValve } from "./watermark-valve.ts";

/** One record or event that was in flight. */
export type RecoveredItem =
  | { readonly event?: undefined; readonly value: unknown; readonly timestampMs: number }
  | { readonly event: ChannelEvent };

/** What was in flight on one channel, as far as it is for this subtask. */
export interface RecoveredChannel {
  readonly origin: ChannelOrigin;
  /** The input channel that goes on with it. Undefined where it is dealt out anew: its watermarks and idleness are nobody's here. */
  readonly channelIndex: number | undefined;
  readonly receive: Push;
  readonly items: readonly RecoveredItem[];
}

/**
 * The input that comes before all other: what was in flight to this subtask when the checkpoint was taken that it is restored from. While
 * it lasts nothing else is taken in, so that the records of a key stay in their order.
 */
export class RecoveredInput {
  readonly #valve: WatermarkValve;
  #channels: RecoveredChannel[] = [];
  #next = 0;

  constructor(valve: WatermarkValve) {
    this.#valve = valve;
  }

  add(channels: readonly RecoveredChannel[]): void {
    this.#channels.push(...channels);
  }

  get isEmpty(): boolean {
    return this.#channels.length === 0;
  }

  poll(recordsMax: number): void {
    let delivered = 0;
    while (delivered < recordsMax && !this.isEmpty) {
      const channel = this.#channels[0]!;
      const item = channel.items[this.#next++];
      if (item === undefined) this.#end(channel);
      else if (item.event !== undefined) this.#handle(channel, item.event);
      else {
        delivered++;
        channel.receive(item.value, item.timestampMs);
      }
    }
  }

  /** Copies what is left, for a checkpoint that is taken before it has been delivered. */
  rest(): readonly { readonly origin: ChannelOrigin; readonly messages: readonly ChannelMessage[] }[] {
    return this.#channels.map(({ origin, items }, index) => {
      const messages = new MessageCollector();
      for (const item of index === 0 ? items.slice(this.#next) : items) {
        if (item.event === undefined) messages.record(item.value, item.timestampMs);
        else messages.event(item.event);
      }
      return { origin, messages: messages.messages() };
    });
  }

  #handle({ channelIndex }: RecoveredChannel, event: ChannelEvent): void {
    if (channelIndex === undefined) return;
    if (event.kind === "watermark") this.#valve.watermark(channelIndex, event.timestampMs);
    else if (event.kind === "idle") this.#valve.idle(channelIndex, event.idle);
  }

  /** Whoever goes on with the channel begins active, and says so only when that changes. */
  #end({ channelIndex }: RecoveredChannel): void {
    if (channelIndex !== undefined) this.#valve.idle(channelIndex, false);
    this.#channels.shift();
    this.#next = 0;
  }
}
