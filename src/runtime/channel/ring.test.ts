import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Ring } from "./ring.ts";

describe("a ring in shared memory", () => {
  it("gives messages back in order and unchanged, however offers and polls interleave", () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant("offer" as const), length: fc.integer({ min: 0, max: 400 }) }),
      fc.constant({ kind: "poll" as const }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const memory = Ring.allocate(1024);
        const [writer, reader] = [new Ring(memory), new Ring(memory)];
        const expected: string[] = [];
        const received: string[] = [];
        const take = (kind: number, bytes: Uint8Array, offset: number, length: number): void => {
          received.push(`${kind}:${Buffer.from(bytes.slice(offset, offset + length)).toString("hex")}`);
        };
        steps.forEach((one, index) => {
          if (one.kind === "poll") reader.poll(take);
          else {
            const payload = Uint8Array.from({ length: one.length }, (_, at) => (index * 31 + at) & 0xff);
            if (writer.offer(index, payload)) expected.push(`${index}:${Buffer.from(payload).toString("hex")}`);
          }
        });
        while (reader.poll(take));
        expect(received).toEqual(expected);
        expect(reader.isEmpty).toBe(true);
      }),
    );
  });

  it("shows the oldest message without taking it, also where it has gone on at the start", () => {
    const ring = new Ring(Ring.allocate(64));
    const look = (kind: number, bytes: Uint8Array, offset: number): string => `${kind}:${bytes[offset]}`;
    expect(ring.peek(look)).toBeUndefined();
    for (let kind = 1; kind < 20; kind++) {
      ring.offer(kind, Uint8Array.of(10 * kind, 0, 0, 0, 0, 0, 0, 0, 0));
      expect([ring.peek(look), ring.peek(look)]).toEqual([
        `${kind}:${(10 * kind) & 0xff}`,
        `${kind}:${(10 * kind) & 0xff}`,
      ]);
      ring.poll(() => {});
    }
  });

  it("refuses what does not fit and takes it once there is room", () => {
    const ring = new Ring(Ring.allocate(1024));
    const payload = new Uint8Array(ring.messageBytesMax);
    expect(ring.offer(1, payload)).toBe(true);
    expect(ring.offer(2, payload)).toBe(true);
    expect(ring.offer(3, payload)).toBe(false);
    ring.poll(() => {});
    expect(ring.offer(3, payload)).toBe(true);
  });
});
