import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkpointId } from "../../core/ids.ts";
import type { Barrier, ChannelEvent, ChannelMessage, ChannelReader, ChannelWriter } from "./channel.ts";
import { decodeMessages, encodeMessages } from "./message-format.ts";

export interface ChannelEnds {
  readonly writer: ChannelWriter;
  readonly reader: ChannelReader;
}

export function barrierOf(id: number): Barrier {
  return { id: checkpointId(id), triggeredMs: 0, kind: "checkpoint", target: { kind: "memory", maxStateBytes: 1 } };
}

/** What a checkpoint would hold of `messages`, as `r1` for record 1 and `w1` for watermark 1. */
export function contentsOf(messages: readonly ChannelMessage[]): string[] {
  const found: string[] = [];
  decodeMessages(
    encodeMessages(messages),
    (value) => void found.push(`r${value}`),
    (event) => void found.push(textOf(event)),
  );
  return found;
}

function textOf(event: ChannelEvent): string {
  return event.kind === "watermark" ? `w${event.timestampMs}` : event.kind;
}

/** What every channel does where a barrier overtakes what is on it. */
export function describeOvertaking(name: string, open: () => ChannelEnds): void {
  const connected = () => {
    const { writer, reader } = open();
    const seen: string[] = [];
    reader.connect({
      receive: (value) => void seen.push(`r${value}`),
      handle: (event) => void seen.push(textOf(event)),
    });
    return { writer, reader, seen };
  };
  /** As a sender and a receiver in turn do it. */
  const found = ({ writer, reader }: ChannelEnds, id: number): readonly ChannelMessage[] | undefined => {
    for (let turn = 0; turn < 1_000; turn++) {
      const messages = reader.overtake(checkpointId(id));
      if (messages !== undefined) return messages;
      void writer.blocked;
    }
    return undefined;
  };

  describe(`what a barrier overtakes on ${name}`, () => {
    it("is what had been sent before it and not yet delivered, and is delivered afterwards all the same", () => {
      fc.assert(
        fc.property(
          fc.array(fc.constantFrom("record", "watermark", "idle"), { maxLength: 200 }),
          fc.nat(60),
          fc.array(fc.constantFrom("record", "watermark"), { maxLength: 20 }),
          (before, delivered, after) => {
            const ends = connected();
            const { writer, reader, seen } = ends;
            const sent: string[] = [];
            const send = (what: string): void => {
              const n = sent.length;
              if (what === "record") writer.emit(n, n);
              else if (what === "watermark") writer.send({ kind: "watermark", timestampMs: n });
              else writer.send({ kind: "idle", idle: true });
              sent.push(what === "record" ? `r${n}` : what === "watermark" ? `w${n}` : "idle");
            };
            before.forEach(send);
            writer.flush();
            reader.setOpen(true);
            if (delivered > 0) reader.poll(delivered);
            reader.setOpen(false);
            const seenBefore = seen.length;

            writer.send({ kind: "barrier", barrier: barrierOf(1) });
            after.forEach(send);
            writer.flush();
            const overtaken = found(ends, 1);

            expect(overtaken).toBeDefined();
            expect(contentsOf(overtaken!)).toEqual(sent.slice(seenBefore, before.length));
            reader.setOpen(true);
            for (let turn = 0; turn < 1_000 && seen.length < sent.length; turn++) {
              reader.poll(7);
              void writer.blocked;
            }
            expect(seen).toEqual(sent);
          },
        ),
      );
    });

    it("is not known before the barrier is there, and the end of the partition stands for it", () => {
      const ends = connected();
      const { writer, reader } = ends;
      writer.emit(1, 1);
      writer.flush();
      expect(reader.overtake(checkpointId(1))).toBeUndefined();
      expect(reader.hasArrivals).toBe(false);
      writer.emit(2, 2);
      writer.send({ kind: "end-of-data" });
      writer.send({ kind: "end-of-partition" });
      expect(reader.hasArrivals).toBe(true);
      expect(contentsOf(found(ends, 1)!)).toEqual(["r1", "r2"]);
    });

    it("is delivered while the barrier is looked for, as far as it has been copied", () => {
      fc.assert(
        fc.property(
          fc.array(fc.constantFrom("send", "look", "deliver"), { maxLength: 200 }),
          fc.boolean(),
          (steps, isGivenUp) => {
            const ends = connected();
            const { writer, reader, seen } = ends;
            const sent: string[] = [];
            const send = (): void => {
              const n = sent.length;
              if (n % 3 === 0) writer.send({ kind: "watermark", timestampMs: n });
              else writer.emit(n, n);
              writer.flush();
              sent.push(n % 3 === 0 ? `w${n}` : `r${n}`);
            };
            for (let n = 0; n < 10; n++) send();
            expect(reader.overtake(checkpointId(1))).toBeUndefined();
            reader.setOpen(true, true);
            for (const step of steps) {
              if (step === "send") send();
              else if (step === "look") expect(reader.overtake(checkpointId(1))).toBeUndefined();
              else reader.poll(3);
            }
            let first = 0;
            if (isGivenUp) {
              reader.setOpen(false);
              first = seen.length;
            }
            const id = isGivenUp ? 2 : 1;
            writer.send({ kind: "barrier", barrier: barrierOf(id) });
            expect(contentsOf(found(ends, id)!)).toEqual(sent.slice(first));

            reader.setOpen(true);
            for (let turn = 0; turn < 1_000 && seen.length < sent.length; turn++) {
              reader.poll(7);
              void writer.blocked;
            }
            expect(seen).toEqual(sent);
          },
        ),
      );
    });

    it("does not hold its sender back for good, however much that is", () => {
      const { writer, reader, seen } = connected();
      reader.overtake(checkpointId(1));
      reader.setOpen(true, true);
      for (let n = 0; n < 2_500; n++) {
        for (let turn = 0; turn < 100 && writer.blocked; turn++) {
          reader.overtake(checkpointId(1));
          reader.poll(7);
        }
        expect(writer.blocked).toBe(false);
        writer.emit(n, n);
        writer.flush();
      }
      expect(seen.length).toBeGreaterThan(1_000);
    });

    it("goes beyond barriers of checkpoints that were given up", () => {
      const ends = connected();
      const { writer } = ends;
      writer.emit(1, 1);
      writer.send({ kind: "barrier", barrier: barrierOf(1) });
      writer.emit(2, 2);
      writer.send({ kind: "barrier", barrier: barrierOf(2) });
      writer.emit(3, 3);
      expect(contentsOf(found(ends, 2)!)).toEqual(["r1", "r2"]);
    });

    it("may be overtaken again before it has been delivered", () => {
      const ends = connected();
      const { writer } = ends;
      writer.emit(1, 1);
      writer.send({ kind: "barrier", barrier: barrierOf(1) });
      found(ends, 1);
      writer.emit(2, 2);
      writer.send({ kind: "barrier", barrier: barrierOf(2) });
      expect(contentsOf(found(ends, 2)!)).toEqual(["r1", "r2"]);
    });
  });

  describe(`${name} whose receiver has ended`, () => {
    it("drops what is in it and what comes, and blocks nobody", () => {
      const { writer, reader, seen } = connected();
      for (let n = 0; n < 2_000; n++) writer.emit(n, n);
      writer.flush();
      expect(writer.blocked).toBe(true);
      reader.close();
      expect(writer.blocked).toBe(false);
      for (let n = 0; n < 2_000; n++) writer.emit(n, n);
      writer.flush();
      expect(writer.blocked).toBe(false);
      expect(seen).toEqual([]);
    });
  });
}
