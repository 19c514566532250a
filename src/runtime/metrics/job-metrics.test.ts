import { describe, expect, it } from "vitest";
import { CheckpointStatisticsTracker } from "../../checkpoint/statistics.ts";
import type { JobDetails } from "../job-details.ts";
import { jobMetrics } from "./job-metrics.ts";

describe("the metrics of a job", () => {
  it("tell for how long it has been running", () => {
    const shown = jobMetrics(details({ status: "RUNNING", statusTimes: { RUNNING: 2_000 } }), none(), 5_000);

    expect(shown).toMatchObject({ uptime: 3_000, runningTime: 3_000, downtime: 0, restartingTime: 0 });
  });

  it("tell for how long it has been down", () => {
    const statusTimes = { RUNNING: 2_000, RESTARTING: 4_000 };

    const shown = jobMetrics(details({ status: "RESTARTING", statusTimes, restarts: 3 }), none(), 5_000);

    expect(shown).toMatchObject({ uptime: 0, downtime: 1_000, restartingTime: 1_000, numRestarts: 3 });
  });

  it("say as Flink does that there has been no checkpoint, and that a job has ended", () => {
    const shown = jobMetrics(details({ status: "FINISHED", statusTimes: { RUNNING: 1, FINISHED: 2 } }), none(), 5_000);

    expect(shown).toMatchObject({
      uptime: -1,
      downtime: -1,
      numberOfCompletedCheckpoints: 0,
      lastCompletedCheckpointId: -1,
      lastCheckpointDuration: -1,
      lastCheckpointExternalPath: "n/a",
    });
  });

  it("describe the last completed checkpoint", () => {
    const completed = {
      id: 7,
      trigger_timestamp: 1_000,
      end_to_end_duration: 30,
      checkpointed_size: 10,
      state_size: 40,
      external_path: "file:///c/chk-7",
    };
    const statistics = none();
    const shown = jobMetrics(
      details({ status: "RUNNING" }),
      { ...statistics, latest: { ...statistics.latest, completed: completed as never } },
      5_000,
    );

    expect(shown).toMatchObject({
      lastCompletedCheckpointId: 7,
      lastCheckpointDuration: 30,
      lastCheckpointSize: 10,
      lastCheckpointFullSize: 40,
      lastCheckpointCompletedTimestamp: 1_030,
      lastCheckpointExternalPath: "file:///c/chk-7",
    });
  });
});

function details(some: Partial<JobDetails>): JobDetails {
  return { statusTimes: {}, restarts: 0, ...some } as JobDetails;
}

function none() {
  return new CheckpointStatisticsTracker().snapshot();
}
