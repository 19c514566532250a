import { processMemory } from "./task-managers.ts";

/** What this process takes, by the names that Flink has for a JVM. */
export function processMetrics(uptimeSeconds: number): Readonly<Record<string, number>> {
  const memory = processMemory();
  const cpu = process.cpuUsage();
  const cpuNanos = (cpu.user + cpu.system) * 1000;
  return {
    "Status.JVM.CPU.Load": uptimeSeconds <= 0 ? 0 : cpuNanos / 1e9 / uptimeSeconds,
    "Status.JVM.CPU.Time": cpuNanos,
    "Status.JVM.Memory.Heap.Used": memory.heapUsed,
    "Status.JVM.Memory.Heap.Committed": memory.heapCommitted,
    "Status.JVM.Memory.Heap.Max": memory.heapMax,
    "Status.JVM.Memory.NonHeap.Used": memory.nonHeapUsed,
    "Status.JVM.Memory.NonHeap.Committed": memory.nonHeapCommitted,
    "Status.JVM.Memory.NonHeap.Max": -1,
    "Status.JVM.Memory.Metaspace.Used": 0,
    "Status.JVM.Memory.Metaspace.Committed": 0,
    "Status.JVM.Memory.Metaspace.Max": -1,
    "Status.JVM.Memory.Direct.Count": 0,
    "Status.JVM.Memory.Direct.MemoryUsed": memory.directUsed,
    "Status.JVM.Memory.Direct.TotalCapacity": memory.directUsed,
    "Status.JVM.Memory.Mapped.Count": 0,
    "Status.JVM.Memory.Mapped.MemoryUsed": 0,
    "Status.JVM.Memory.Mapped.TotalCapacity": 0,
    "Status.JVM.GarbageCollector.All.Count": 0,
    "Status.JVM.GarbageCollector.All.Time": 0,
    "Status.JVM.GarbageCollector.All.TimeMsPerSecond": 0,
    "Status.JVM.Threads.Count": 1,
    "Status.Flink.Memory.Managed.Used": 0,
    "Status.Flink.Memory.Managed.Total": 0,
    "Status.Shuffle.Netty.UsedMemory": 0,
    "Status.Shuffle.Netty.TotalMemory": 0,
    "Status.Shuffle.Netty.AvailableMemory": 0,
  };
}
