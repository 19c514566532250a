import { describe, expect, it } from "vitest";
import type { JobStatus } from "../runtime/job-manager/job-status.ts";
import type { RunningJob } from "../runtime/running-job.ts";
import { ServedJobs } from "./served-jobs.ts";

describe("the jobs that are shown", () => {
  it("are listed from the newest on, and found by their ids", () => {
    const jobs = new ServedJobs();
    jobs.add(scriptedJob("a").job);
    jobs.add(scriptedJob("b").job);

    expect(jobs.all().map(({ jobId }) => jobId)).toEqual(["b", "a"]);
    expect(jobs.get("a").jobId).toBe("a");
    expect(jobs.find("c")).toBeUndefined();
    expect(() => jobs.get("c")).toThrow("Job c not found");
  });

  it("keep their figures when they have ended, and nothing that could hold their state", async () => {
    const jobs = new ServedJobs();
    const { job, end } = scriptedJob("a");
    jobs.add(job);

    end("FINISHED");
    await job.result();
    await undefined;

    const shown = jobs.get("a");
    expect(shown).not.toBe(job);
    expect(shown.status()).toBe("FINISHED");
    expect(shown.details()).toEqual({ of: "a" });
    await expect(shown.triggerSavepoint()).rejects.toThrow('job "a" is FINISHED: it has ended.');
  });

  it("are forgotten once a hundred later ones have ended; those that run never are", async () => {
    const jobs = new ServedJobs();
    jobs.add(scriptedJob("runs").job);
    const ended = Array.from({ length: 101 }, (_, index) => scriptedJob(`ended ${index}`));
    for (const { job, end } of ended) {
      jobs.add(job);
      end("FAILED");
      await job.result();
      await undefined;
    }

    expect(jobs.all()).toHaveLength(101);
    expect(jobs.find("ended 0")).toBeUndefined();
    expect(jobs.find("ended 1")).toBeDefined();
    expect(jobs.find("runs")).toBeDefined();
  });
});

function scriptedJob(jobId: string): { job: RunningJob; end: (status: JobStatus) => void } {
  let status: JobStatus = "RUNNING";
  let resolve!: () => void;
  const result = new Promise<void>((done) => {
    resolve = done;
  });
  const job = {
    jobId,
    jobName: jobId,
    status: () => status,
    result: () => result,
    details: () => ({ of: jobId }),
    checkpoints: () => ({}),
    failures: () => [],
    restarts: () => 0,
    metrics: () => [],
    taskMetrics: () => [],
    why: () => [],
  } as unknown as RunningJob;
  const end = (how: JobStatus): void => {
    status = how;
    resolve();
  };
  return { job, end };
}
