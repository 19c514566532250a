package nexmark;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What all subtasks of this process add up to: results, and the time from the first measured event to the last result. Events before
 * the first measured one warm the process up; they count in the results, and not in the times.
 */
final class Measured {
  private static final OperatingSystemMXBean OS = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

  static long count;
  static int a;
  static int b;
  static long firstResultAtMs;
  static long startNanos;
  static long startCpuNanos;
  static long endNanos;
  static long endCpuNanos;
  private static final List<double[]> samples = new ArrayList<>();
  private static volatile boolean started;

  private Measured() {}

  /** The first measured event is about to be made, by whichever subtask is first. */
  static void start() {
    if (started) return;
    synchronized (Measured.class) {
      if (started) return;
      startNanos = System.nanoTime();
      startCpuNanos = OS.getProcessCpuTime();
      started = true;
    }
  }

  static synchronized void firstResult() {
    if (firstResultAtMs == 0) firstResultAtMs = System.currentTimeMillis();
  }

  /** A subtask of the sink has seen all its records. */
  static synchronized void finished(long subtaskCount, int subtaskA, int subtaskB) {
    count += subtaskCount;
    a += subtaskA;
    b += subtaskB;
    endNanos = System.nanoTime();
    endCpuNanos = OS.getProcessCpuTime();
  }

  /** A subtask of a sink that takes samples has seen all its records. */
  static synchronized void finished(double[] subtaskSamples) {
    finished(0, 0, 0);
    samples.add(subtaskSamples);
  }

  static synchronized double[] allSamples() {
    return samples.stream().flatMapToDouble(Arrays::stream).toArray();
  }

  static double wallMs() {
    return (endNanos - startNanos) / 1e6;
  }

  static double cpuMs() {
    return (endCpuNanos - startCpuNanos) / 1e6;
  }

  static long peakRssBytes() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
      if (line.startsWith("VmHWM:")) return 1024 * Long.parseLong(line.replaceAll("[^0-9]", ""));
    }
    return 0;
  }
}
