import { Type } from "@sinclair/typebox";
import { type Endpoint, endpoint } from "../endpoint.ts";
import { countOutcomes } from "../job-overview.ts";
import { Whole } from "../schemas.ts";
import { taskManagersOf } from "../task-managers.ts";
import { FLINK_VERSION, MILLRACE_VERSION } from "../version.ts";

/** How often pages ask again, in milliseconds (Flink's `web.refresh-interval`). */
const REFRESH_INTERVAL_MS = 3000;

const tag = "cluster";

export const overviewEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "GET",
    path: "/overview",
    summary: "How many jobs and slots there are",
    tag,
    answer: Type.Object({
      taskmanagers: Whole,
      "slots-total": Whole,
      "slots-available": Whole,
      "jobs-running": Whole,
      "jobs-finished": Whole,
      "jobs-cancelled": Whole,
      "jobs-failed": Whole,
      "flink-version": Type.String(),
      "flink-commit": Type.String(),
    }),
    handle: (_request, { jobs }) => {
      const managers = taskManagersOf(jobs.all());
      return {
        taskmanagers: managers.length,
        "slots-total": managers.reduce((sum, { slots }) => sum + slots, 0),
        "slots-available": 0,
        ...countOutcomes(jobs.all()),
        "flink-version": FLINK_VERSION,
        "flink-commit": `millrace-${MILLRACE_VERSION}`,
      };
    },
  }),
  endpoint({
    method: "GET",
    path: "/config",
    summary: "What a web page needs to know of this server",
    tag,
    answer: Type.Object({
      "refresh-interval": Whole,
      "timezone-name": Type.String(),
      "timezone-offset": Whole,
      "flink-version": Type.String(),
      "flink-revision": Type.String(),
      "millrace-version": Type.String(),
      features: Type.Object({
        "web-submit": Type.Boolean(),
        "web-cancel": Type.Boolean(),
        "web-rescale": Type.Boolean(),
        "web-history": Type.Boolean(),
      }),
    }),
    handle: (_request, { clock }) => ({
      "refresh-interval": REFRESH_INTERVAL_MS,
      "timezone-name": Intl.DateTimeFormat().resolvedOptions().timeZone,
      "timezone-offset": -new Date(clock.nowMs()).getTimezoneOffset() * 60_000,
      "flink-version": FLINK_VERSION,
      "flink-revision": `millrace ${MILLRACE_VERSION}`,
      "millrace-version": MILLRACE_VERSION,
      features: { "web-submit": false, "web-cancel": true, "web-rescale": false, "web-history": false },
    }),
  }),
  endpoint({
    method: "GET",
    path: "/datasets",
    summary: "Cached results of batch jobs: there are none",
    tag,
    answer: Type.Object({ dataSets: Type.Array(Type.Unknown()) }),
    handle: () => ({ dataSets: [] }),
  }),
];
