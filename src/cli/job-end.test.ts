import { describe, expect, it } from "vitest";
import type { CheckpointStatistics } from "../checkpoint/statistics.ts";
import { endText, stopText } from "./job-end.ts";

describe("what is said at the end of a job", () => {
  it("names the job, how long it took, and its restarts", () => {
    const result = { jobId: "0", jobName: "clicks", durationMs: 3_200, restoredFrom: undefined, counters: {} };

    expect(endText({ ...result, restarts: 0 })).toBe('"clicks" finished after 3.2 s');
    expect(endText({ ...result, restarts: 1 })).toBe('"clicks" finished after 3.2 s, restarted once on the way');
    expect(endText({ ...result, restarts: 2 })).toBe('"clicks" finished after 3.2 s, restarted 2 times on the way');
  });
});

describe("what is said of a job that was stopped", () => {
  it("names the checkpoint that it goes on from", () => {
    expect(stopped({ completed: checkpoint(7, "file:///c/chk-7"), restored: checkpoint(3, "file:///c/chk-3") })).toBe(
      '"clicks" was stopped after 1.0 s. Checkpoint 7 is kept:\n' +
        "  file:///c/chk-7\n" +
        "  Run the same command again (without --fresh) to go on from there.",
    );
  });

  it("names the one that it was restored from when it has completed none since", () => {
    expect(stopped({ completed: null, restored: checkpoint(3, "file:///c/chk-3") })).toContain("Checkpoint 3 is kept");
  });

  it("says that the job goes on elsewhere, of a process that stood by", () => {
    const job = { jobName: "clicks", checkpoints: () => ({}) as CheckpointStatistics, standsBy: () => true };

    expect(stopText(job, 1000)).toBe(
      '"clicks" stood by for 1.0 s until it was stopped; the job goes on where it is led.',
    );
  });

  it("says that nothing is left without a checkpoint, or with one in memory only", () => {
    expect(stopped({ completed: null, restored: null })).toContain("It had no checkpoint yet");
    expect(stopped({ completed: checkpoint(1, "memory:1"), restored: null })).toContain("Give --checkpoint-dir");
  });
});

function checkpoint(id: number, external_path: string) {
  return { id, external_path };
}

function stopped(latest: Record<"completed" | "restored", ReturnType<typeof checkpoint> | null>): string {
  const checkpoints = () => ({ latest }) as unknown as CheckpointStatistics;
  return stopText({ jobName: "clicks", checkpoints }, 1000);
}
