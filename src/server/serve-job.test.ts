import { expect, it } from "vitest";
import type { RunningJob } from "../runtime/running-job.ts";
import { serveJob } from "./serve-job.ts";

it("serves all jobs of a process at one address, which is said once", async () => {
  const lines: string[] = [];
  const log = { info: (line: string) => void lines.push(line), warn: (line: string) => void lines.push(line) };
  const settings = { port: 0, address: "127.0.0.1", token: undefined };

  await serveJob(scriptedJob("a"), settings, log);
  await serveJob(scriptedJob("b"), settings, log);

  expect(lines).toEqual([expect.stringMatching(/^REST API and dashboard: http:\/\/127\.0\.0\.1:\d+$/)]);
  const url = /http:\S+/.exec(lines[0]!)![0];
  expect(await (await fetch(`${url}/jobs`)).json()).toEqual({
    jobs: [
      { id: "b", status: "RUNNING" },
      { id: "a", status: "RUNNING" },
    ],
  });
});

function scriptedJob(jobId: string): RunningJob {
  return { jobId, status: () => "RUNNING", result: () => new Promise(() => {}) } as unknown as RunningJob;
}
