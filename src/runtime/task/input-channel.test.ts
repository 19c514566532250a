import { describe, expect, it } from "vitest";
import type { VertexId } from "../../core/ids.ts";
import { MIN_TIMESTAMP } from "../../core/time.ts";
import type { ChannelReader } from "../channel/channel.ts";
import { InputChannel } from "./input-channel.ts";

/** A channel whose next records are of `nextMs`. */
function channelAt(nextMs: number | undefined): InputChannel {
  const reader: ChannelReader = {
    connect() {},
    setOpen() {},
    close() {},
    poll: () => 0,
    queued: { count: 0, unit: "bytes" },
    ready: true,
    overtake: () => undefined,
    hasArrivals: false,
    nextMs,
  };
  const source = { vertexId: "v" as VertexId, subtaskIndex: 1 };
  return new InputChannel(
    0,
    source,
    reader,
    () => {},
    () => {},
  );
}

/** Whether it is passed over in each of six turns, in which its thread's own records have come up to `ownMs`. */
function turnsOf(channel: InputChannel, ownMs: number): readonly boolean[] {
  return Array.from({ length: 6 }, () => channel.isPassedOver(ownMs));
}

describe("an input channel", () => {
  it("is passed over while its records are ahead of the thread's own, but every fourth turn is its own", () => {
    expect(turnsOf(channelAt(11), 10)).toEqual([true, true, true, false, true, true]);
  });

  it.each([
    ["its records are not ahead", 10, 10],
    ["nobody knows how far its records are", undefined, 10],
    ["the thread has no records of its own", 11, MIN_TIMESTAMP],
  ])("has every turn where %s", (_where, nextMs, ownMs) => {
    expect(turnsOf(channelAt(nextMs), ownMs)).not.toContain(true);
  });
});
