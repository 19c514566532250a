import { freemem, totalmem } from "node:os";
import { getHeapStatistics } from "node:v8";
import type { JobDetails, VertexDetails } from "../runtime/job-details.ts";
import { isTerminal } from "../runtime/job-manager/job-status.ts";
import type { RunningJob } from "../runtime/running-job.ts";

/** A task manager with what it runs. Jobs number theirs from 0; those of one number are shown as one. */
export interface ShownTaskManager {
  readonly number: number;
  readonly id: string;
  readonly slots: number;
  readonly allocations: readonly SlotAllocation[];
}

/** What one job has on one task manager: a slot for each parallel pipeline, as if they were shared. */
export interface SlotAllocation {
  readonly jobId: string;
  readonly slots: number;
  readonly tasks: number;
}

/** The task managers of the jobs that run; there is always the first. */
export function taskManagersOf(jobs: readonly RunningJob[]): readonly ShownTaskManager[] {
  const allocations = new Map<number, SlotAllocation[]>([[0, []]]);
  for (const job of jobs) {
    if (isTerminal(job.status())) continue;
    for (const [manager, allocation] of allocationsOf(job.details())) {
      const others = allocations.get(manager);
      if (others === undefined) allocations.set(manager, [allocation]);
      else others.push(allocation);
    }
  }
  return [...allocations]
    .sort(([a], [b]) => a - b)
    .map(([number, found]) => ({
      number,
      id: taskManagerId(number),
      slots: found.reduce((sum, { slots }) => sum + slots, 0),
      allocations: found,
    }));
}

export function taskManagerId(number: number): string {
  return `task-manager-${number}`;
}

/** The place of a task manager, as Flink has `host:port`. */
export function endpointOf(number: number): string {
  return `localhost:${number}`;
}

function allocationsOf({ jobId, vertices }: JobDetails): ReadonlyMap<number, SlotAllocation> {
  const allocations = new Map<number, SlotAllocation>();
  for (const vertex of vertices) {
    for (const [manager, tasks] of tasksByManager(vertex)) {
      const { slots = 0, tasks: others = 0 } = allocations.get(manager) ?? {};
      allocations.set(manager, { jobId, slots: Math.max(slots, tasks), tasks: others + tasks });
    }
  }
  return allocations;
}

function tasksByManager({ subtasks }: VertexDetails): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  for (const { taskManager } of subtasks) counts.set(taskManager, (counts.get(taskManager) ?? 0) + 1);
  return counts;
}

/** What this process takes of the machine, in bytes. All task managers are threads of it, and share it. */
export interface ProcessMemory {
  readonly heapUsed: number;
  readonly heapCommitted: number;
  readonly heapMax: number;
  readonly nonHeapUsed: number;
  readonly nonHeapCommitted: number;
  readonly directUsed: number;
  readonly physical: number;
  readonly free: number;
  readonly resident: number;
}

export function processMemory(): ProcessMemory {
  const { rss, external, arrayBuffers } = process.memoryUsage();
  const heap = getHeapStatistics();
  const nonHeap = Math.max(0, rss - heap.total_heap_size);
  return {
    heapUsed: heap.used_heap_size,
    heapCommitted: heap.total_heap_size,
    heapMax: heap.heap_size_limit,
    nonHeapUsed: Math.min(external, nonHeap),
    nonHeapCommitted: nonHeap,
    directUsed: arrayBuffers,
    physical: totalmem(),
    free: freemem(),
    resident: rss,
  };
}
