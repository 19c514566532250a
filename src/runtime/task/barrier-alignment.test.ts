import { describe, expect, it } from "vitest";
import { checkpointId } from "../../core/ids.ts";
import type { Barrier } from "../channel/channel.ts";
import { BarrierAlignment } from "./barrier-alignment.ts";

const barrier = (id: number): Barrier => ({
  id: checkpointId(id),
  triggeredMs: 0,
  kind: "checkpoint",
  target: { kind: "memory", maxStateBytes: 1 },
});

const unaligned = (id: number): Barrier => ({ ...barrier(id), unaligned: true });

const channels = (count: number): boolean[] => Array.from({ length: count }, () => true);

describe("alignment", () => {
  it("is complete when every channel has delivered the barrier", () => {
    const alignment = new BarrierAlignment(channels(2));
    expect(alignment.barrier(0, barrier(1)).kind).toBe("wait");
    expect(alignment.hasArrived(0)).toBe(true);
    expect(alignment.hasArrived(1)).toBe(false);
    expect(alignment.barrier(1, barrier(1)).kind).toBe("aligned");
    expect(alignment.pending).toBeUndefined();
  });

  it("counts an ended channel as arrived, before and after the barrier", () => {
    const alignment = new BarrierAlignment(channels(3));
    alignment.end(0);
    expect(alignment.barrier(1, barrier(1)).kind).toBe("wait");
    expect(alignment.end(2).kind).toBe("aligned");
  });

  it("gives an older checkpoint up for a newer one, and ignores what still comes of it", () => {
    const alignment = new BarrierAlignment(channels(2));
    alignment.barrier(0, barrier(1));
    expect(alignment.barrier(1, barrier(2)).kind).toBe("wait");
    expect(alignment.hasArrived(0)).toBe(false);
    expect(alignment.barrier(1, barrier(1)).kind).toBe("ignore");
    expect(alignment.barrier(0, barrier(2)).kind).toBe("aligned");
  });

  it("lets go of an aborted checkpoint, also where its barrier comes later", () => {
    const alignment = new BarrierAlignment(channels(2));
    alignment.barrier(0, barrier(1));
    alignment.abort(checkpointId(1));
    expect(alignment.pending).toBeUndefined();
    expect(alignment.barrier(1, barrier(1)).kind).toBe("ignore");
    alignment.abort(checkpointId(2));
    expect(alignment.barrier(0, barrier(2)).kind).toBe("ignore");
  });

  it("goes on with a checkpoint when a later one is aborted", () => {
    const alignment = new BarrierAlignment(channels(2));
    alignment.barrier(0, barrier(1));
    alignment.abort(checkpointId(2));
    expect(alignment.barrier(1, barrier(1)).kind).toBe("aligned");
    expect(alignment.barrier(0, barrier(2)).kind).toBe("ignore");
    expect(alignment.barrier(0, barrier(3)).kind).toBe("wait");
  });

  it("waits, when triggered by the job manager, for the ends that are still under way", () => {
    const alignment = new BarrierAlignment(channels(1));
    expect(alignment.barrier(undefined, barrier(4)).kind).toBe("wait");
    expect(alignment.end(0).kind).toBe("aligned");
  });
});

describe("an unaligned checkpoint", () => {
  it("is taken at the first barrier, and collects until the last", () => {
    const alignment = new BarrierAlignment(channels(3));
    expect(alignment.barrier(1, unaligned(1)).kind).toBe("overtake");
    expect(alignment.overtaking).toBe(true);
    expect([0, 1, 2].map((channel) => alignment.isMissing(channel))).toEqual([true, false, true]);
    expect(alignment.barrier(0, unaligned(1)).kind).toBe("wait");
    expect(alignment.barrier(2, unaligned(1)).kind).toBe("collected");
    expect(alignment.pending).toBeUndefined();
    expect(alignment.overtaking).toBe(false);
  });

  it("is taken before any barrier when the job manager says so", () => {
    const alignment = new BarrierAlignment(channels(1));
    expect(alignment.barrier(undefined, unaligned(1)).kind).toBe("overtake");
    expect(alignment.barrier(undefined, unaligned(1)).kind).toBe("wait");
    expect(alignment.barrier(0, unaligned(1)).kind).toBe("collected");
    expect(alignment.barrier(undefined, unaligned(1)).kind).toBe("ignore");
  });

  it("waits for the channels that must not be overtaken", () => {
    const alignment = new BarrierAlignment([true, false, false]);
    expect(alignment.barrier(undefined, unaligned(1)).kind).toBe("wait");
    expect(alignment.barrier(1, unaligned(1)).kind).toBe("wait");
    expect(alignment.overtaking).toBe(false);
    expect(alignment.end(2).kind).toBe("overtake");
    expect(alignment.barrier(0, unaligned(1)).kind).toBe("collected");
  });

  it("goes on from an aligned one whose time is over", () => {
    const alignment = new BarrierAlignment(channels(3));
    expect(alignment.barrier(0, barrier(1)).kind).toBe("wait");
    expect(alignment.barrier(undefined, unaligned(1)).kind).toBe("overtake");
    expect(alignment.hasArrived(0)).toBe(true);
    expect(alignment.barrier(1, barrier(1)).kind).toBe("wait");
    expect(alignment.end(2).kind).toBe("collected");
  });

  it("is aligned where nothing is left to be overtaken", () => {
    const alignment = new BarrierAlignment(channels(1));
    alignment.end(0);
    expect(alignment.barrier(undefined, unaligned(1)).kind).toBe("aligned");
    expect(new BarrierAlignment([]).barrier(undefined, unaligned(1)).kind).toBe("aligned");
  });

  it("is let go when it is aborted, or a newer one begins", () => {
    const alignment = new BarrierAlignment(channels(2));
    alignment.barrier(0, unaligned(1));
    alignment.abort(checkpointId(1));
    expect(alignment.overtaking).toBe(false);
    alignment.barrier(0, unaligned(2));
    expect(alignment.barrier(1, unaligned(3)).kind).toBe("overtake");
    expect(alignment.isMissing(0)).toBe(true);
    expect(alignment.barrier(0, unaligned(2)).kind).toBe("ignore");
    expect(alignment.barrier(0, unaligned(3)).kind).toBe("collected");
  });
});
