import { checkpointEndpoints } from "./checkpoints/checkpoints.ts";
import { applicationEndpoints } from "./cluster/applications.ts";
import { jobManagerEndpoints } from "./cluster/job-manager.ts";
import { overviewEndpoints } from "./cluster/overview.ts";
import { taskManagerEndpoints } from "./cluster/task-managers.ts";
import { documentEndpoint } from "./document.ts";
import type { Endpoint } from "./endpoint.ts";
import { accumulatorEndpoints } from "./jobs/accumulators.ts";
import { exceptionEndpoints } from "./jobs/exceptions.ts";
import { executionResultEndpoints } from "./jobs/execution-result.ts";
import { jobEndpoints } from "./jobs/job.ts";
import { jobsEndpoints } from "./jobs/jobs.ts";
import { planEndpoints } from "./jobs/plan.ts";
import { checkpointStatesEndpoints } from "./millrace/checkpoint-states.ts";
import { prometheusEndpoints } from "./millrace/prometheus-page.ts";
import { snapshotEndpoints } from "./millrace/snapshots.ts";
import { stateEndpoints } from "./millrace/state.ts";
import { whyEndpoints } from "./millrace/why.ts";
import { cancelEndpoints } from "./operations/cancel.ts";
import { savepointDisposalEndpoints } from "./operations/savepoint-disposal.ts";
import { savepointEndpoints } from "./operations/savepoints.ts";
import { backpressureEndpoints } from "./vertices/backpressure.ts";
import { subtaskEndpoints } from "./vertices/subtask.ts";
import { vertexEndpoints } from "./vertices/vertex.ts";
import { vertexMetricsEndpoints } from "./vertices/vertex-metrics.ts";

/** What Flink has, and Millrace's own below `/millrace`. */
const SERVED: readonly Endpoint[] = [
  ...overviewEndpoints,
  ...jobsEndpoints,
  ...jobEndpoints,
  ...planEndpoints,
  ...exceptionEndpoints,
  ...accumulatorEndpoints,
  ...executionResultEndpoints,
  ...checkpointEndpoints,
  ...vertexEndpoints,
  ...subtaskEndpoints,
  ...vertexMetricsEndpoints,
  ...backpressureEndpoints,
  ...savepointEndpoints,
  ...savepointDisposalEndpoints,
  ...cancelEndpoints,
  ...jobManagerEndpoints,
  ...taskManagerEndpoints,
  ...applicationEndpoints,
  ...whyEndpoints,
  ...prometheusEndpoints,
  ...snapshotEndpoints,
  ...checkpointStatesEndpoints,
  ...stateEndpoints,
];

/** All that is served, the document of it included. */
export const ENDPOINTS: readonly Endpoint[] = [...SERVED, documentEndpoint(SERVED)];
