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

describe("alignment", () => {
  it("is complete when every channel has delivered the barrier", () => {
    const alignment = new BarrierAlignment(2);
    expect(alignment.barrier(0, barrier(1)).kind).toBe("wait");
    expect(alignment.hasArrived(0)).toBe(true);
    expect(alignment.hasArrived(1)).toBe(false);
    expect(alignment.barrier(1, barrier(1)).kind).toBe("aligned");
    expect(alignment.pending).toBeUndefined();
  });

  it("counts an ended channel as arrived, before and after the barrier", () => {
    const alignment = new BarrierAlignment(3);
    alignment.end(0);
    expect(alignment.barrier(1, barrier(1)).kind).toBe("wait");
    expect(alignment.end(2).kind).toBe("aligned");
  });

  it("gives an older checkpoint up for a newer one, and ignores what still comes of it", () => {
    const alignment = new BarrierAlignment(2);
    alignment.barrier(0, barrier(1));
    expect(alignment.barrier(1, barrier(2)).kind).toBe("wait");
    expect(alignment.hasArrived(0)).toBe(false);
    expect(alignment.barrier(1, barrier(1)).kind).toBe("ignore");
    expect(alignment.barrier(0, barrier(2)).kind).toBe("aligned");
  });

  it("lets go of an aborted checkpoint, also where its barrier comes later", () => {
    const alignment = new BarrierAlignment(2);
    alignment.barrier(0, barrier(1));
    alignment.abort(checkpointId(1));
    expect(alignment.pending).toBeUndefined();
    expect(alignment.barrier(1, barrier(1)).kind).toBe("ignore");
    alignment.abort(checkpointId(2));
    expect(alignment.barrier(0, barrier(2)).kind).toBe("ignore");
  });

  it("waits, when triggered by the job manager, for the ends that are still under way", () => {
    const alignment = new BarrierAlignment(1);
    expect(alignment.barrier(undefined, barrier(4)).kind).toBe("wait");
    expect(alignment.end(0).kind).toBe("aligned");
  });
});
