import { describe, expect, it } from "vitest";
import { checkpointId } from "../../core/ids.ts";
import type { ChannelEvent } from "./channel.ts";
import { Ring } from "./ring.ts";
import { RingReader, RingWriter } from "./ring-channel.ts";

function pair(capacityBytes: number): {
  writer: RingWriter;
  reader: RingReader;
  seen: unknown[];
  wakes: { reader: number; writer: number };
} {
  const memory = Ring.allocate(capacityBytes);
  const wakes = { reader: 0, writer: 0 };
  const writer = new RingWriter(memory, () => wakes.reader++);
  const reader = new RingReader(memory, () => wakes.writer++);
  const seen: unknown[] = [];
  reader.connect({
    receive: (value, timestampMs) => void seen.push([value, timestampMs]),
    handle: (event: ChannelEvent) => void seen.push(event),
  });
  reader.setOpen(true);
  return { writer, reader, seen, wakes };
}

describe("a channel between threads", () => {
  it("keeps records and events in order", () => {
    const { writer, reader, seen } = pair(1 << 16);
    const barrier = {
      id: checkpointId(7),
      triggeredMs: 5,
      kind: "checkpoint",
      target: { kind: "memory", maxStateBytes: 1 },
    } as const;
    writer.emit({ word: "a", count: 1 }, 10);
    writer.send({ kind: "watermark", timestampMs: 10 });
    writer.emit({ word: "b", count: 2 }, 11);
    writer.send({ kind: "barrier", barrier });
    writer.flush();
    reader.poll(100);
    expect(seen).toEqual([
      [{ word: "a", count: 1 }, 10],
      { kind: "watermark", timestampMs: 10 },
      [{ word: "b", count: 2 }, 11],
      { kind: "barrier", barrier },
    ]);
  });

  it("wakes a writer that found no room once half of the ring is free, and not for every message", () => {
    const { writer, reader, wakes } = pair(1 << 12);
    let sent = 0;
    for (; !writer.blocked; sent++) {
      writer.emit({ count: sent }, sent);
      writer.flush();
    }

    reader.poll(1);
    const early = wakes.writer;
    for (let polled = 1; polled < (3 * sent) / 4; polled++) reader.poll(1);

    expect(early).toBe(0);
    expect(wakes.writer).toBeGreaterThan(0);
  });

  it("tells the earliest timestamp of the frame that comes next, and nothing of events and of the rest of a frame", () => {
    const { writer, reader } = pair(1 << 16);
    expect(reader.nextMs).toBeUndefined();
    writer.emit({ count: 1 }, 12);
    writer.emit({ count: 2 }, 11);
    writer.send({ kind: "watermark", timestampMs: 11 });
    expect(reader.nextMs).toBe(11);
    reader.poll(1);
    expect(reader.nextMs).toBeUndefined();
    reader.poll(1);
    expect([reader.nextMs, reader.ready]).toEqual([undefined, true]);
  });

  it("takes what waits for another edge to the same subtask with it when it is full", () => {
    const bids = pair(1 << 16);
    const auctions = pair(1 << 16);
    bids.writer.goTogetherWith([auctions.writer]);

    auctions.writer.emit({ id: 1 }, 0);
    for (let i = 0; i < 511; i++) bids.writer.emit({ auction: 1, price: i }, i);
    auctions.reader.poll(10);
    const before = auctions.seen.length;
    bids.writer.emit({ auction: 1, price: 511 }, 511);
    auctions.reader.poll(10);

    expect(before).toBe(0);
    expect(auctions.seen).toEqual([[{ id: 1 }, 0]]);
  });

  it("carries a record longer than the ring in parts", () => {
    const { writer, reader, seen } = pair(1 << 12);
    const long = "x".repeat(50_000);
    writer.emit(long, 1);
    writer.flush();
    expect(writer.blocked).toBe(true);
    for (let turn = 0; turn < 100 && seen.length === 0; turn++) {
      reader.poll(10);
      void writer.blocked;
    }
    expect(seen).toEqual([[long, 1]]);
  });

  it("is blocked while what it sent finds no room, and wakes the other side on every change", () => {
    const { writer, reader, seen, wakes } = pair(1 << 12);
    for (let i = 0; i < 2_000; i++) writer.emit({ text: `record ${i}` }, i);
    writer.flush();
    expect(writer.blocked).toBe(true);
    expect(wakes.reader).toBeGreaterThan(0);
    for (let turn = 0; turn < 1_000 && writer.blocked; turn++) reader.poll(10);
    while (reader.poll(100) > 0);
    expect(wakes.writer).toBeGreaterThan(0);
    expect(seen).toHaveLength(2_000);
    expect(seen.at(-1)).toEqual([{ text: "record 1999" }, 1999]);
  });
});
