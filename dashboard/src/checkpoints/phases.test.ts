import { describe, expect, it } from "vitest";
import type { SubtaskCheckpoint } from "../rest/flink.ts";
import { slowestPhases } from "./phases.ts";

function subtask(index: number, duration: number, startDelay: number, sync: number, async: number): SubtaskCheckpoint {
  return {
    className: "completed",
    index,
    end_to_end_duration: duration,
    start_delay: startDelay,
    alignment: { processed: 0, persisted: 0, duration: 2 },
    checkpoint: { sync, async },
  };
}

describe("the phases of a checkpoint", () => {
  it("are those of the subtask that was last, and add up to its time", () => {
    const phases = slowestPhases([
      subtask(0, 20, 10, 1, 5),
      subtask(1, 50, 30, 4, 10),
      { className: "pending", index: 2 },
    ]);

    expect(phases).toEqual({ startDelay: 30, alignment: 2, sync: 4, async: 10, rest: 4 });
  });

  it("are never negative, although each is rounded, and some are not measured", () => {
    expect(slowestPhases([subtask(0, 3, 2, -1, 1)])).toEqual({
      startDelay: 2,
      alignment: 2,
      sync: 0,
      async: 1,
      rest: 0,
    });
  });

  it("are not known while no subtask is done", () => {
    expect(slowestPhases([{ className: "pending", index: 0 }])).toBeUndefined();
  });
});
