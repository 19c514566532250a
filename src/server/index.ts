/** What `millrace/server` exports: the REST API for programs that start it themselves. */
export type { RunningJob } from "../runtime/running-job.ts";
export { type OpenTelemetryMeter, observeWithOpenTelemetry } from "./opentelemetry.ts";
export { type RestServer, type RestServerOptions, startRestServer } from "./rest-server.ts";
