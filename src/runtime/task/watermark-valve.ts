import { MAX_TIMESTAMP, MIN_TIMESTAMP } from "../../core/time.ts";

/** How far one input channel has come. */
export interface ChannelTime {
  watermarkMs: number;
  /** When it last came further. */
  changedMs: number;
  idle: boolean;
  ended: boolean;
  /** Back from idleness with a watermark behind ours: left out of the minimum until it has caught up. */
  behind: boolean;
}

/** What the valve lets through. */
export interface ValveOutput {
  watermark(timestampMs: number): void;
  idle(idle: boolean): void;
}

/**
 * Combines the watermarks of a subtask's input channels: the lowest of those that are neither idle nor ended. It never goes back.
 * Ended channels are left out altogether, so that one ended and one idle input do not jump to the end of time.
 */
export class WatermarkValve {
  readonly #channels: ChannelTime[];
  readonly #output: ValveOutput;
  readonly #nowMs: () => number;
  #emittedMs = MIN_TIMESTAMP;
  #idle = false;

  constructor(channelCount: number, output: ValveOutput, nowMs: () => number) {
    this.#nowMs = nowMs;
    this.#channels = Array.from({ length: channelCount }, () => ({
      watermarkMs: MIN_TIMESTAMP,
      changedMs: nowMs(),
      idle: false,
      ended: false,
      behind: false,
    }));
    this.#output = output;
  }

  get watermarkMs(): number {
    return this.#emittedMs;
  }

  /** By channel. */
  get channels(): readonly Readonly<ChannelTime>[] {
    return this.#channels;
  }

  watermark(index: number, timestampMs: number): void {
    const channel = this.#channels[index]!;
    if (channel.ended || timestampMs <= channel.watermarkMs) return;
    channel.watermarkMs = timestampMs;
    channel.changedMs = this.#nowMs();
    if (timestampMs === MAX_TIMESTAMP) channel.ended = true;
    if (channel.behind && timestampMs >= this.#emittedMs) channel.behind = false;
    this.#advance();
  }

  idle(index: number, idle: boolean): void {
    const channel = this.#channels[index]!;
    if (channel.ended || channel.idle === idle) return;
    channel.idle = idle;
    channel.behind = !idle && channel.watermarkMs < this.#emittedMs;
    this.#advance();
  }

  /** The channel's time is over, whatever its last watermark was. */
  end(index: number): void {
    const channel = this.#channels[index]!;
    if (channel.ended) return;
    channel.ended = true;
    this.#advance();
  }

  #advance(): void {
    const open = this.#channels.filter((channel) => !channel.ended);
    const active = open.filter((channel) => !channel.idle);
    this.#report(open.length > 0 && active.length === 0);
    if (open.length === 0) this.#raise(Math.max(...this.#channels.map((channel) => channel.watermarkMs)));
    else if (active.length === 0) this.#raise(Math.max(...open.map((channel) => channel.watermarkMs)));
    else this.#raise(lowest(active));
  }

  #report(idle: boolean): void {
    if (idle === this.#idle) return;
    this.#idle = idle;
    this.#output.idle(idle);
  }

  #raise(timestampMs: number): void {
    if (timestampMs <= this.#emittedMs) return;
    this.#emittedMs = timestampMs;
    this.#output.watermark(timestampMs);
  }
}

function lowest(channels: readonly ChannelTime[]): number {
  let lowestMs = MAX_TIMESTAMP;
  let counted = false;
  for (const channel of channels) {
    if (channel.behind) continue;
    counted = true;
    if (channel.watermarkMs < lowestMs) lowestMs = channel.watermarkMs;
  }
  return counted ? lowestMs : MIN_TIMESTAMP;
}
