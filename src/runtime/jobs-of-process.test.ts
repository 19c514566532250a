import { expect, it } from "vitest";
import { announceJob, onJobs } from "./jobs-of-process.ts";
import type { RunningJob } from "./running-job.ts";

it("tells of the jobs that run, and of each that comes, until it is called off", async () => {
  const [early, ended, late, unheard] = [1, 2, 3, 4].map(scriptedJob);
  announceJob(early!.job);
  announceJob(ended!.job);
  ended!.end();
  await ended!.job.result();
  const heard: string[] = [];

  const callOff = onJobs(({ jobId }) => heard.push(jobId));
  announceJob(late!.job);
  callOff();
  announceJob(unheard!.job);

  expect(heard).toEqual(["1", "3"]);
  for (const { end } of [early!, late!, unheard!]) end();
});

function scriptedJob(number: number): { job: RunningJob; end: () => void } {
  let end!: () => void;
  const result = new Promise<void>((resolve) => {
    end = resolve;
  });
  return { job: { jobId: String(number), result: () => result } as unknown as RunningJob, end };
}
