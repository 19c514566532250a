import type { RestSettings } from "../graph/job-settings.ts";
import type { JobLog } from "../runtime/job-log.ts";
import type { RunningJob } from "../runtime/running-job.ts";
import { type RestServer, startRestServer } from "./rest-server.ts";

let starting: Promise<RestServer> | undefined;

/**
 * Has `job` served by the server of this process, which is started for the first one. Never rejects: that a job cannot be looked at is
 * said, and no reason for it not to run.
 */
export async function serveJob(job: RunningJob, settings: RestSettings, log: JobLog): Promise<void> {
  const isFirst = starting === undefined;
  starting ??= startRestServer({ ...settings, jobs: [] });
  try {
    const server = await starting;
    server.add(job);
    if (isFirst) log.info(`REST API and dashboard: ${server.url}`);
  } catch (error) {
    if (isFirst) log.warn(error instanceof Error ? error.message : String(error));
  }
}
