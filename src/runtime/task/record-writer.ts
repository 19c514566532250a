import type { Random } from "../../core/clock.ts";
import { keyGroupOfHash, keyHash, subtaskOfKeyGroup } from "../../core/key-group.ts";
import type { KeySelector, Partitioning } from "../../graph/stream-graph.ts";
import type { ChannelEvent, ChannelWriter, Traffic } from "../channel/channel.ts";
import { generate, type Push } from "./link.ts";

/** One output edge of a subtask: chooses the channel of each record; events go to all channels. */
export class RecordWriter {
  readonly push: Push;
  readonly #channels: readonly ChannelWriter[];

  /** `channels` in the order of the target subtasks that this one can send to. */
  constructor(
    partitioning: Partitioning,
    channels: readonly ChannelWriter[],
    target: { readonly subtaskIndex: number; readonly maxParallelism: number; readonly random: Random },
    attribute: (error: unknown, value: unknown) => unknown,
  ) {
    this.#channels = channels;
    this.push = partition(partitioning, channels, target, attribute);
  }

  send(event: ChannelEvent): void {
    for (const channel of this.#channels) channel.send(event);
  }

  flush(): void {
    for (const channel of this.#channels) channel.flush();
  }

  /** What its channels have sent as bytes, together. */
  get traffic(): Traffic {
    let bytes = 0;
    let buffers = 0;
    for (const { traffic } of this.#channels) {
      bytes += traffic?.bytes ?? 0;
      buffers += traffic?.buffers ?? 0;
    }
    return { bytes, buffers };
  }

  get blocked(): boolean {
    // Asking moves on what waits: each is asked, or one that is blocked would keep the others' barriers back.
    let blocked = false;
    for (const channel of this.#channels) if (channel.blocked) blocked = true;
    return blocked;
  }
}

function partition(
  partitioning: Partitioning,
  channels: readonly ChannelWriter[],
  target: { readonly subtaskIndex: number; readonly maxParallelism: number; readonly random: Random },
  attribute: (error: unknown, value: unknown) => unknown,
): Push {
  const count = channels.length;
  const only = channels[0]!;
  if (count === 1) return generate("channel", { channel: only }, "channel.emit(value, timestamp);");
  switch (partitioning.kind) {
    case "auto":
    case "forward":
    case "global":
      return generate("channel", { channel: only }, "channel.emit(value, timestamp);");
    case "rebalance":
    case "rescale": {
      // Starting at the subtask's own index keeps equal senders from all beginning with target 0.
      const turn = { next: target.subtaskIndex % count };
      return generate(
        "rebalance",
        { channels, turn, count },
        "const next = turn.next; turn.next = next + 1 === count ? 0 : next + 1; channels[next].emit(value, timestamp);",
      );
    }
    case "shuffle":
      return generate(
        "shuffle",
        { channels, random: target.random, count },
        "channels[Math.floor(random() * count)].emit(value, timestamp);",
      );
    case "broadcast":
      return generate(
        "broadcast",
        { channels, count },
        "for (let index = 0; index < count; index++) channels[index].emit(value, timestamp);",
      );
    case "hash":
      return hashPush(partitioning.keySelector, channels, target.maxParallelism, attribute);
    case "custom":
      return generate(
        "custom",
        { channels, choose: partitioning.partition, count, attribute, checkChannel },
        "let index; try { index = choose(value, count); checkChannel(index, count); } catch (error) { throw attribute(error, value); } channels[index].emit(value, timestamp);",
      );
  }
}

/** The channel of each key group is looked up in a table: one hash and one load per record. */
function hashPush(
  keySelector: KeySelector,
  channels: readonly ChannelWriter[],
  maxParallelism: number,
  attribute: (error: unknown, value: unknown) => unknown,
): Push {
  const byKeyGroup = Array.from(
    { length: maxParallelism },
    (_, keyGroup) => channels[subtaskOfKeyGroup(keyGroup, channels.length, maxParallelism)],
  );
  return generate(
    "hash",
    { keySelector, keyHash, keyGroupOfHash, byKeyGroup, maxParallelism, attribute },
    "let keyGroup; try { keyGroup = keyGroupOfHash(keyHash(keySelector(value)), maxParallelism); } catch (error) { throw attribute(error, value); } byKeyGroup[keyGroup].emit(value, timestamp);",
  );
}

function checkChannel(index: number, count: number): void {
  if (!Number.isInteger(index) || index < 0 || index >= count) {
    throw new RangeError(`the partitioner chose subtask ${index}; there are ${count}, numbered from 0`);
  }
}
