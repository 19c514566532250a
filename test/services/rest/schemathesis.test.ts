import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SCHEMATHESIS, ServedJobs } from "./served-jobs.ts";

const CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance";

/** Longer than this, an answer hangs. */
const REQUEST_TIMEOUT_S = 10;

let served: ServedJobs;
beforeAll(async () => {
  served = await ServedJobs.start();
});
afterAll(() => served.stop());

describe("the REST API, sent anything that its document allows and forbids", () => {
  it("neither fails nor hangs about a job that runs, and answers as the document says", async () => {
    const jobId = served.jobs[0]!;
    const response = await fetch(`${served.url}/jobs/${jobId}`);
    const { vertices } = (await response.json()) as { vertices: { id: string }[] };

    const report = await schemathesis(
      { jobid: jobId, applicationid: jobId, vertexid: vertices.at(-1)!.id, taskmanagerid: "task-manager-0" },
      // The others end the job that all this is about.
      ["--exclude-path-regex", "(yarn-cancel|/stop|/cancel|/savepoints)$", "--exclude-method", "PATCH"],
    );

    expect(report).toMatch(/[1-9]\d* generated, [1-9]\d* passed\n/);
    expect(await served.statusOf(jobId)).toBe("RUNNING");
  });

  it("neither fails nor hangs about what is not there, and where jobs are stopped and cancelled", async () => {
    const report = await schemathesis({}, []);

    expect(report).toMatch(/[1-9]\d* generated, [1-9]\d* passed\n/);
    expect(await served.answers()).toBe(true);
  });
});

/** @returns what it printed; rejects with that where a check failed. */
async function schemathesis(parameters: Readonly<Record<string, string>>, options: readonly string[]): Promise<string> {
  const configuration = join(served.folder, "schemathesis.toml");
  const lines = Object.entries(parameters).map(([name, value]) => `${name} = "${value}"`);
  writeFileSync(configuration, `[parameters]\n${lines.join("\n")}\n`);
  const run = ["run", `${served.url}/openapi.json`, "--url", served.url, "--checks", CHECKS, "--no-color"];
  const limits = ["--phases", "coverage,fuzzing", "--max-examples", "10", "--request-timeout", `${REQUEST_TIMEOUT_S}`];
  const args = ["-m", "schemathesis.cli", "--config-file", configuration, ...run, ...limits, ...options];
  try {
    const { stdout } = await promisify(execFile)(SCHEMATHESIS, args, { cwd: served.folder, maxBuffer: 2 ** 26 });
    return stdout;
  } catch (error) {
    throw new Error((error as { stdout?: string }).stdout?.slice(-20_000) ?? String(error));
  }
}
