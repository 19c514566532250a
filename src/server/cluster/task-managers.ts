import { availableParallelism } from "node:os";
import { Type } from "@sinclair/typebox";
import type { Cluster } from "../cluster.ts";
import { type Endpoint, endpoint } from "../endpoint.ts";
import { GetQuery, metricTexts } from "../metric-answers.ts";
import { notFound } from "../rest-error.ts";
import { Metric, Numeric, Whole } from "../schemas.ts";
import { processMemory, type ShownTaskManager, taskManagersOf } from "../task-managers.ts";
import { threadInfos } from "./job-manager.ts";

const tag = "task managers";
const ManagerParams = Type.Object({ taskmanagerid: Type.String() });
const Resource = Type.Object({
  cpuCores: Numeric,
  taskHeapMemory: Whole,
  taskOffHeapMemory: Whole,
  managedMemory: Whole,
  networkMemory: Whole,
  extendedResources: Type.Object({}),
});
const Manager = {
  id: Type.String(),
  path: Type.String(),
  dataPort: Whole,
  jmxPort: Whole,
  timeSinceLastHeartbeat: Whole,
  slotsNumber: Whole,
  freeSlots: Whole,
  assignedTasks: Whole,
  totalResource: Resource,
  freeResource: Resource,
  hardware: Type.Object({ cpuCores: Whole, physicalMemory: Whole, freeMemory: Whole, managedMemory: Whole }),
  memoryConfiguration: Type.Object({
    frameworkHeap: Whole,
    taskHeap: Whole,
    frameworkOffHeap: Whole,
    taskOffHeap: Whole,
    networkMemory: Whole,
    managedMemory: Whole,
    jvmMetaspace: Whole,
    jvmOverhead: Whole,
    totalFlinkMemory: Whole,
    totalProcessMemory: Whole,
  }),
};

const MEBIBYTE = 1024 * 1024;

/** A task manager is a thread: it has no log of its own. */
const NO_LOG =
  "Task managers are threads of one process: what they say goes to its standard output and error, and is not kept.\n";

export const taskManagerEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "GET",
    path: "/taskmanagers",
    summary: "The threads that run subtasks",
    tag,
    answer: Type.Object({ taskmanagers: Type.Array(Type.Object(Manager)) }),
    handle: (_request, cluster) => ({
      taskmanagers: taskManagersOf(cluster.jobs.all()).map((manager) => describe(manager, cluster)),
    }),
  }),
  endpoint({
    method: "GET",
    path: "/taskmanagers/:taskmanagerid",
    summary: "One of them, with what it runs",
    tag,
    params: ManagerParams,
    answer: Type.Object({
      ...Manager,
      allocatedSlots: Type.Array(Type.Object({ jobId: Type.String(), resource: Resource, assignedTasks: Whole })),
      metrics: Type.Object({
        heapUsed: Whole,
        heapCommitted: Whole,
        heapMax: Whole,
        nonHeapUsed: Whole,
        nonHeapCommitted: Whole,
        nonHeapMax: Whole,
        directCount: Whole,
        directUsed: Whole,
        directMax: Whole,
        mappedCount: Whole,
        mappedUsed: Whole,
        mappedMax: Whole,
        nettyShuffleMemorySegmentsAvailable: Whole,
        nettyShuffleMemorySegmentsUsed: Whole,
        nettyShuffleMemorySegmentsTotal: Whole,
        nettyShuffleMemoryAvailable: Whole,
        nettyShuffleMemoryUsed: Whole,
        nettyShuffleMemoryTotal: Whole,
        garbageCollectors: Type.Array(Type.Object({ name: Type.String(), count: Whole, time: Whole })),
      }),
    }),
    refusals: [404],
    handle: ({ params }, cluster) => {
      const manager = find(params.taskmanagerid, cluster);
      return { ...describe(manager, cluster), allocatedSlots: slotsOf(manager), metrics: memoryMetrics() };
    },
  }),
  endpoint({
    method: "GET",
    path: "/taskmanagers/:taskmanagerid/metrics",
    summary: "What it takes of the machine; the figures are those of the process",
    tag,
    params: ManagerParams,
    query: GetQuery,
    answer: Type.Array(Metric),
    handle: ({ query }, cluster) => [...metricTexts(cluster.process.read(), query.get)],
  }),
  endpoint({
    method: "GET",
    path: "/taskmanagers/:taskmanagerid/logs",
    summary: "Its log files",
    tag,
    params: ManagerParams,
    answer: Type.Object({ logs: Type.Array(Type.Object({ name: Type.String(), size: Whole, mtime: Whole })) }),
    refusals: [404],
    handle: ({ params }, cluster) => {
      find(params.taskmanagerid, cluster);
      return { logs: [{ name: "stderr", size: Buffer.byteLength(NO_LOG), mtime: cluster.startedMs }] };
    },
  }),
  endpoint({
    method: "GET",
    path: "/taskmanagers/:taskmanagerid/logs/:filename",
    summary: "A log file",
    tag,
    params: Type.Object({ ...ManagerParams.properties, filename: Type.String() }),
    answer: Type.String(),
    contentType: "text/plain",
    refusals: [404],
    handle: ({ params }, cluster) => {
      find(params.taskmanagerid, cluster);
      if (params.filename !== "stderr") throw notFound(`there is no log file ${params.filename}`);
      return NO_LOG;
    },
  }),
  ...["log", "stdout"].map((name) =>
    endpoint({
      method: "GET",
      path: `/taskmanagers/:taskmanagerid/${name}`,
      summary: `Its ${name}`,
      tag,
      params: ManagerParams,
      answer: Type.String(),
      contentType: "text/plain",
      refusals: [404],
      handle: ({ params }, cluster) => {
        find(params.taskmanagerid, cluster);
        return NO_LOG;
      },
    }),
  ),
  endpoint({
    method: "GET",
    path: "/taskmanagers/:taskmanagerid/thread-dump",
    summary: "What its thread is at",
    tag,
    params: ManagerParams,
    answer: Type.Object({
      threadInfos: Type.Array(Type.Object({ threadName: Type.String(), stringifiedThreadInfo: Type.String() })),
    }),
    refusals: [404],
    handle: ({ params }, cluster) => {
      find(params.taskmanagerid, cluster);
      return { threadInfos: threadInfos() };
    },
  }),
  endpoint({
    method: "GET",
    path: "/taskmanagers/:taskmanagerid/profiler",
    summary: "Profiles that were taken: there are none",
    tag,
    params: ManagerParams,
    answer: Type.Object({ profilingList: Type.Array(Type.Unknown()) }),
    handle: () => ({ profilingList: [] }),
  }),
  endpoint({
    method: "GET",
    path: "/jobs/:jobid/taskmanagers/:taskmanagerid/log-url",
    summary: "Where its log can be seen",
    tag,
    params: Type.Object({ jobid: Type.String(), ...ManagerParams.properties }),
    answer: Type.Object({ url: Type.String() }),
    handle: ({ params }, { url }) => ({
      url: `${url}/#/task-manager/${encodeURIComponent(params.taskmanagerid)}/logs`,
    }),
  }),
];

/** @throws {RestError} 404. */
function find(id: string, { jobs }: Cluster): ShownTaskManager {
  const found = taskManagersOf(jobs.all()).find((manager) => manager.id === id);
  if (found === undefined) throw notFound(`No TaskManager registered under ${id}.`);
  return found;
}

function describe({ id, slots, allocations }: ShownTaskManager, { clock }: Cluster) {
  const memory = processMemory();
  return {
    id,
    path: `millrace://${id}`,
    dataPort: 0,
    jmxPort: -1,
    timeSinceLastHeartbeat: clock.nowMs(),
    slotsNumber: slots,
    freeSlots: 0,
    assignedTasks: allocations.reduce((sum, { tasks }) => sum + tasks, 0),
    totalResource: resource(slots, memory.heapMax),
    freeResource: resource(0, 0),
    hardware: {
      cpuCores: availableParallelism(),
      physicalMemory: memory.physical,
      freeMemory: memory.free,
      managedMemory: 0,
    },
    memoryConfiguration: {
      frameworkHeap: 0,
      taskHeap: memory.heapMax,
      frameworkOffHeap: 0,
      taskOffHeap: 0,
      networkMemory: 0,
      managedMemory: 0,
      jvmMetaspace: 0,
      jvmOverhead: memory.nonHeapCommitted,
      totalFlinkMemory: memory.heapMax,
      totalProcessMemory: memory.resident,
    },
  };
}

function slotsOf({ allocations }: ShownTaskManager) {
  return allocations.flatMap(({ jobId, slots, tasks }) =>
    Array.from({ length: slots }, (_, slot) => ({
      jobId,
      resource: resource(1, 0),
      // Slots of a job share its tasks as evenly as they go.
      assignedTasks: Math.floor(tasks / slots) + (slot < tasks % slots ? 1 : 0),
    })),
  );
}

/** Memory in MiB, unlike everywhere else. */
function resource(cpuCores: number, heapBytes: number) {
  return {
    cpuCores,
    taskHeapMemory: Math.floor(heapBytes / MEBIBYTE),
    taskOffHeapMemory: 0,
    managedMemory: 0,
    networkMemory: 0,
    extendedResources: {},
  };
}

function memoryMetrics() {
  const memory = processMemory();
  return {
    heapUsed: memory.heapUsed,
    heapCommitted: memory.heapCommitted,
    heapMax: memory.heapMax,
    nonHeapUsed: memory.nonHeapUsed,
    nonHeapCommitted: memory.nonHeapCommitted,
    nonHeapMax: -1,
    directCount: 0,
    directUsed: memory.directUsed,
    directMax: memory.directUsed,
    mappedCount: 0,
    mappedUsed: 0,
    mappedMax: 0,
    nettyShuffleMemorySegmentsAvailable: 0,
    nettyShuffleMemorySegmentsUsed: 0,
    nettyShuffleMemorySegmentsTotal: 0,
    nettyShuffleMemoryAvailable: 0,
    nettyShuffleMemoryUsed: 0,
    nettyShuffleMemoryTotal: 0,
    garbageCollectors: [{ name: "All", count: 0, time: 0 }],
  };
}
