import { describe, expect, it } from "vitest";
import { MIN_TIMESTAMP } from "../../core/time.ts";
import type { ChannelEvent } from "./channel.ts";
import { LocalChannel } from "./local-channel.ts";

function connected(): { channel: LocalChannel; seen: unknown[] } {
  const channel = new LocalChannel();
  const seen: unknown[] = [];
  channel.connect({
    receive: (value) => void seen.push(value),
    handle: (event: ChannelEvent) => void seen.push(event.kind),
  });
  return { channel, seen };
}

describe("a channel within a thread", () => {
  it("hands a record over by a plain call while it is open and empty", () => {
    const { channel, seen } = connected();
    channel.setOpen(true);
    channel.emit("a", 1);
    expect(seen).toEqual(["a"]);
  });

  it("queues while closed, and keeps records and events in order when it opens", () => {
    const { channel, seen } = connected();
    channel.emit("a", 1);
    channel.send({ kind: "watermark", timestampMs: 1 });
    channel.setOpen(true);
    channel.emit("b", 2);
    expect(seen).toEqual([]);
    expect(channel.poll(10)).toBe(2);
    channel.emit("c", 3);
    expect(seen).toEqual(["a", "watermark", "b", "c"]);
  });

  it("keeps everything for the receiver's own step while it is told to, and says how much that is", () => {
    const { channel, seen } = connected();
    channel.setOpen(true);
    channel.setQueued(true);
    channel.emit("a", 1);
    expect([seen, channel.queued]).toEqual([[], { count: 1, unit: "records" }]);
    channel.poll(10);
    channel.emit("b", 2);
    channel.setQueued(false);
    channel.emit("c", 3);
    expect(seen).toEqual(["a"]);
    channel.poll(10);
    channel.emit("d", 4);
    expect(seen).toEqual(["a", "b", "c", "d"]);
  });

  it("tells once how far the newest of its records has come", () => {
    const { channel } = connected();
    channel.emit("a", 7);
    expect([channel.takeLatestMs(), channel.takeLatestMs()]).toEqual([7, MIN_TIMESTAMP]);
  });

  it("stops delivering when the receiver closes it in the middle", () => {
    const channel = new LocalChannel();
    const seen: unknown[] = [];
    channel.connect({
      receive: (value) => {
        seen.push(value);
        channel.setOpen(false);
      },
      handle: () => {},
    });
    channel.emit("a", 1);
    channel.emit("b", 2);
    channel.setOpen(true);
    channel.poll(10);
    expect(seen).toEqual(["a"]);
    expect(channel.ready).toBe(false);
  });

  it("is blocked once its bound is reached, and free again after delivery", () => {
    const { channel } = connected();
    for (let i = 0; i < 1024; i++) channel.emit(i, i);
    expect(channel.blocked).toBe(true);
    channel.setOpen(true);
    channel.poll(1);
    expect(channel.blocked).toBe(false);
  });
});
