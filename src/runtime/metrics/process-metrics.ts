import { PerformanceObserver } from "node:perf_hooks";
import { getHeapSpaceStatistics, getHeapStatistics } from "node:v8";
import { systemMonotonicClock } from "../../core/system-clock.ts";

/**
 * What this process uses, by Flink's names as far as Node has the same thing. Sizes in bytes, times in milliseconds; heap and garbage
 * collection are those of the thread that asks.
 */
export type ProcessMetrics = Readonly<Record<string, number>>;

/** Reads the process whenever somebody asks; it only listens for the ends of garbage collections in between. */
export class ProcessReadings {
  readonly #stopwatch: () => number;
  #before: { readonly atMs: number; readonly cpuMs: number };
  #collections = 0;
  #collectingMs = 0;

  constructor(stopwatch: () => number = systemMonotonicClock.nowMs) {
    this.#stopwatch = stopwatch;
    this.#before = { atMs: stopwatch(), cpuMs: cpuMs() };
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) {
        this.#collections++;
        this.#collectingMs += duration;
      }
    }).observe({ entryTypes: ["gc"] });
  }

  /** `CPU.Load` is since the reading before, 1 being one core: threads together may have more. */
  read(): ProcessMetrics {
    const now = { atMs: this.#stopwatch(), cpuMs: cpuMs() };
    const elapsedMs = now.atMs - this.#before.atMs;
    const load = elapsedMs <= 0 ? 0 : (now.cpuMs - this.#before.cpuMs) / elapsedMs;
    this.#before = now;
    const heap = getHeapStatistics();
    const { rss, external, arrayBuffers } = process.memoryUsage();
    return {
      "Status.JVM.CPU.Load": load,
      "Status.JVM.CPU.Time": now.cpuMs * 1_000_000,
      "Status.JVM.GarbageCollector.All.Count": this.#collections,
      "Status.JVM.GarbageCollector.All.Time": this.#collectingMs,
      "Status.JVM.Memory.Direct.MemoryUsed": arrayBuffers,
      "Status.JVM.Memory.Heap.Committed": heap.total_heap_size,
      "Status.JVM.Memory.Heap.Max": heap.heap_size_limit,
      "Status.JVM.Memory.Heap.Used": heap.used_heap_size,
      "Status.JVM.Memory.Metaspace.Max": -1,
      "Status.JVM.Memory.Metaspace.Used": codeBytes(),
      "Status.JVM.Memory.NonHeap.Committed": external,
      "Status.JVM.Memory.NonHeap.Max": -1,
      "Status.JVM.Memory.NonHeap.Used": external,
      "Status.ProcessTree.Memory.RSS": rss,
    };
  }
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Compiled code: what a JVM's metaspace is nearest to. */
function codeBytes(): number {
  return getHeapSpaceStatistics().reduce(
    (sum, { space_name, space_used_size }) => (space_name.startsWith("code") ? sum + space_used_size : sum),
    0,
  );
}
