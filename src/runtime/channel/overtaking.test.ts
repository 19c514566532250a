import { describe, expect, it } from "vitest";
import { checkpointId } from "../../core/ids.ts";
import { LocalChannel } from "./local-channel.ts";
import { barrierOf, describeOvertaking } from "./overtaking.contract.ts";
import { Ring } from "./ring.ts";
import { RingReader, RingWriter } from "./ring-channel.ts";

function ringOf(capacityBytes: number) {
  const memory = Ring.allocate(capacityBytes);
  return { writer: new RingWriter(memory, () => {}), reader: new RingReader(memory, () => {}) };
}

describeOvertaking("a channel within a thread", () => {
  const channel = new LocalChannel();
  return { writer: channel, reader: channel };
});
describeOvertaking("a channel between threads", () => ringOf(1 << 12));
describeOvertaking("a channel between threads that holds less than a message", () => ringOf(1 << 7));

describe("a channel between threads that has been overtaken", () => {
  it("does not count the barrier to what it holds", () => {
    const { writer, reader } = ringOf(1 << 7);
    writer.send({ kind: "barrier", barrier: barrierOf(1) });
    while (reader.overtake(checkpointId(1)) === undefined) void writer.blocked;
    expect(writer.blocked).toBe(false);
  });

  it("holds its sender back while the receiver has more than half a ring of it, so that checkpoints do not add up", () => {
    const { writer, reader } = ringOf(1 << 12);
    const seen: unknown[] = [];
    reader.connect({ receive: (value) => void seen.push(value), handle: () => {} });
    const text = "x".repeat(100);
    let sent = 0;
    for (let id = 1; id <= 50; id++) {
      for (; !writer.blocked; sent++) {
        writer.emit(`${text}${sent}`, sent);
        writer.flush();
      }
      writer.send({ kind: "barrier", barrier: barrierOf(id) });
      while (reader.overtake(checkpointId(id)) === undefined) void writer.blocked;
    }
    expect(sent).toBeLessThan((3 * 4096) / 100);
    expect(writer.blocked).toBe(true);
    reader.setOpen(true);
    while (reader.poll(3) > 0) void writer.blocked;
    expect(seen).toHaveLength(sent);
    expect(writer.blocked).toBe(false);
  });
});
