import type { CheckpointTarget, SnapshotWriter, TaskSnapshotStore } from "../../checkpoint/checkpoint-storage.ts";
import type { InFlightChannel, InFlightSnapshot } from "../../checkpoint/snapshot.ts";
import { crc32 } from "../../codec/crc32.ts";
import type { OperatorId } from "../../core/ids.ts";
import type { ChannelMessage } from "../channel/channel.ts";
import { encodeMessages } from "../channel/message-format.ts";

/** Which channel something was in flight on, and the operator that it was for. */
export interface ChannelOrigin extends Omit<InFlightChannel, "offset" | "length" | "crc32"> {
  readonly target: OperatorId;
}

interface Part {
  readonly writer: SnapshotWriter;
  readonly channels: InFlightChannel[];
  length: number;
}

/** Writes what was in flight to one subtask: a stream per operator that it was for, with a part per channel. */
export class InFlightWriter {
  readonly #parts = new Map<OperatorId, Part>();
  readonly #target: CheckpointTarget;
  readonly #subtaskIndex: number;
  readonly #store: TaskSnapshotStore;
  #bytes = 0;

  constructor(target: CheckpointTarget, subtaskIndex: number, store: TaskSnapshotStore) {
    this.#target = target;
    this.#subtaskIndex = subtaskIndex;
    this.#store = store;
  }

  get bytes(): number {
    return this.#bytes;
  }

  add({ target, ...channel }: ChannelOrigin, messages: readonly ChannelMessage[]): void {
    if (messages.length === 0) return;
    const bytes = encodeMessages(messages);
    let part = this.#parts.get(target);
    if (part === undefined) {
      const writer = this.#store.openWriter(this.#target, `${target}-${this.#subtaskIndex}-in-flight`);
      part = { writer, channels: [], length: 0 };
      this.#parts.set(target, part);
    }
    part.channels.push({ ...channel, offset: part.length, length: bytes.length, crc32: crc32(bytes) });
    part.length += bytes.length;
    part.writer.append(bytes);
    this.#bytes += bytes.length;
  }

  async finish(): Promise<ReadonlyMap<OperatorId, InFlightSnapshot>> {
    const found = new Map<OperatorId, InFlightSnapshot>();
    for (const [target, { writer, channels }] of this.#parts)
      found.set(target, { channels, data: await writer.finish() });
    return found;
  }

  async abort(): Promise<void> {
    for (const { writer } of this.#parts.values()) await writer.abort();
  }
}
