import { arch, version as nodeVersion } from "node:process";
import { type TSchema, Type } from "@sinclair/typebox";
import type { Cluster } from "../cluster.ts";
import { type Endpoint, endpoint } from "../endpoint.ts";
import { AggregatedMetricSchema, AggregateQuery, aggregatedMetrics, GetQuery, metricTexts } from "../metric-answers.ts";
import { notFound } from "../rest-error.ts";
import { JobParams, Metric, Whole } from "../schemas.ts";
import { settingsText } from "../settings-text.ts";
import { taskManagersOf } from "../task-managers.ts";
import { MILLRACE_VERSION } from "../version.ts";

const tag = "job manager";
const KeyValues = Type.Array(Type.Object({ key: Type.String(), value: Type.String() }));
const Environment = Type.Object({
  jvm: Type.Object({ version: Type.String(), arch: Type.String(), options: Type.Array(Type.String()) }),
  classpath: Type.Array(Type.String()),
});
const JobManagerLogs = Type.Object({
  logs: Type.Array(Type.Object({ name: Type.String(), size: Whole, mtime: Whole })),
});
const FileParams = Type.Object({ filename: Type.String() });

/** What a page of a log shows: lines for people go to standard error, which this process does not keep. */
const NO_LOG =
  "Millrace keeps no log of its own: what it says goes to the standard error of the process that runs the job.\n";

export const jobManagerEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "GET",
    path: "/jobmanager/config",
    summary: "Settings of the newest job; secrets are masked",
    tag,
    answer: KeyValues,
    handle: (_request, cluster) => configuration(cluster),
  }),
  endpoint({
    method: "GET",
    path: "/jobs/:jobid/jobmanager/config",
    summary: "Settings of a job; secrets are masked",
    tag,
    params: JobParams,
    answer: KeyValues,
    refusals: [404],
    handle: ({ params }, { jobs }) => settingsText(jobs.get(params.jobid).details().settings),
  }),
  ...["/jobmanager/environment", "/jobs/:jobid/jobmanager/environment"].map((path) =>
    endpoint({
      method: "GET",
      path,
      summary: "What the process is and was started with",
      tag,
      ...(path.includes(":jobid") && { params: JobParams as TSchema }),
      answer: Environment,
      handle: () => ({
        jvm: {
          version: `Node.js ${nodeVersion}, V8 ${process.versions.v8}, Millrace ${MILLRACE_VERSION}`,
          arch,
          options: [...process.execArgv],
        },
        classpath: process.argv.slice(1, 2),
      }),
    }),
  ),
  endpoint({
    method: "GET",
    path: "/jobs/:jobid/jobmanager/log-url",
    summary: "Where the log of the job manager can be seen",
    tag,
    params: JobParams,
    answer: Type.Object({ url: Type.String() }),
    handle: (_request, { url }) => ({ url: `${url}/#/job-manager/logs` }),
  }),
  endpoint({
    method: "GET",
    path: "/jobmanager/metrics",
    summary: "What the process takes of the machine",
    tag,
    query: GetQuery,
    answer: Type.Array(Metric),
    handle: ({ query }, cluster) => [...metricTexts(jobManagerMetrics(cluster), query.get)],
  }),
  endpoint({
    method: "GET",
    path: "/jobmanager/logs",
    summary: "Log files",
    tag,
    answer: JobManagerLogs,
    handle: (_request, { startedMs }) => ({
      logs: [{ name: "stderr", size: Buffer.byteLength(NO_LOG), mtime: startedMs }],
    }),
  }),
  endpoint({
    method: "GET",
    path: "/jobmanager/logs/:filename",
    summary: "A log file",
    tag,
    params: FileParams,
    answer: Type.String(),
    contentType: "text/plain",
    refusals: [404],
    handle: ({ params }) => {
      if (params.filename !== "stderr") throw notFound(`there is no log file ${params.filename}`);
      return NO_LOG;
    },
  }),
  ...["log", "stdout"].map((name) =>
    endpoint({
      method: "GET",
      path: `/jobmanager/${name}`,
      summary: `The ${name} of the job manager`,
      tag,
      answer: Type.String(),
      contentType: "text/plain",
      handle: () => NO_LOG,
    }),
  ),
  endpoint({
    method: "GET",
    path: "/jobmanager/thread-dump",
    summary: "What the main thread is at",
    tag,
    answer: Type.Object({
      threadInfos: Type.Array(Type.Object({ threadName: Type.String(), stringifiedThreadInfo: Type.String() })),
    }),
    handle: () => ({ threadInfos: threadInfos() }),
  }),
  endpoint({
    method: "GET",
    path: "/jobmanager/profiler",
    summary: "Profiles that were taken: there are none; use node --cpu-prof",
    tag,
    answer: Type.Object({ profilingList: Type.Array(Type.Unknown()) }),
    handle: () => ({ profilingList: [] }),
  }),
  endpoint({
    method: "GET",
    path: "/taskmanagers/metrics",
    summary: "What the task managers take of the machine, over all of them",
    tag: "task managers",
    query: AggregateQuery,
    answer: Type.Array(AggregatedMetricSchema),
    handle: ({ query }, cluster) => [...aggregatedMetrics([cluster.process.read()], query)],
  }),
];

/** Of the newest job, for every job has its own. */
function configuration({ jobs }: Cluster): { key: string; value: string }[] {
  const [newest] = jobs.all();
  return newest === undefined ? [] : settingsText(newest.details().settings);
}

function jobManagerMetrics(cluster: Cluster): Readonly<Record<string, number>> {
  const jobs = cluster.jobs.all();
  const managers = taskManagersOf(jobs);
  return {
    ...cluster.process.read(),
    numRegisteredTaskManagers: managers.length,
    taskSlotsTotal: managers.reduce((sum, { slots }) => sum + slots, 0),
    taskSlotsAvailable: 0,
    numRunningJobs: jobs.filter((job) => job.status() === "RUNNING").length,
  };
}

/** The stack of a thread that answers a request says nothing about it; what keeps it alive does. */
export function threadInfos(): { threadName: string; stringifiedThreadInfo: string }[] {
  const counts = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  const resources = [...counts].map(([kind, count]) => `\t${count} × ${kind}\n`).join("");
  return [{ threadName: "main", stringifiedThreadInfo: `"main" waits for\n${resources}` }];
}
