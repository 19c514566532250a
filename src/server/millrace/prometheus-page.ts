import { Type } from "@sinclair/typebox";
import { isTerminal } from "../../runtime/job-manager/job-status.ts";
import { type Endpoint, endpoint } from "../endpoint.ts";
import { PROMETHEUS_CONTENT_TYPE, prometheusText } from "../prometheus.ts";

export const prometheusEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "GET",
    path: "/metrics",
    summary: "All metrics for Prometheus, with the names and labels of Flink's reporter",
    tag: "millrace",
    answer: Type.String(),
    contentType: PROMETHEUS_CONTENT_TYPE,
    handle: async (_request, { jobs, metrics, process, clock }) => {
      // As in Flink, what has ended is gone: its last figures would be scraped for ever.
      const shown = jobs.all().filter((job) => !isTerminal(job.status()));
      await Promise.all(shown.map((job) => metrics.of(job)));
      return prometheusText(shown, process.read(), clock.nowMs());
    },
  }),
];
