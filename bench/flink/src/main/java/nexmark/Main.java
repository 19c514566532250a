package nexmark;

import java.nio.file.Path;
import java.util.Arrays;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * Runs one query in a Flink of its own inside this JVM, and prints what it gave and took as one line of JSON:
 *
 * <pre>java ... nexmark.Main query=q5 events=1000000 measuredFrom=500000 parallelism=2 reuse=true backend=hashmap intervalMs=1000</pre>
 */
public final class Main {
  private Main() {}

  public static void main(String[] arguments) throws Exception {
    Options options = new Options(arguments);
    Path folder = Path.of(options.text("folder", System.getProperty("java.io.tmpdir")));
    int parallelism = options.number("parallelism", 1);
    try (StreamExecutionEnvironment env =
        StreamExecutionEnvironment.createLocalEnvironment(parallelism, configuration(options, folder))) {
      switch (options.text("query", "q0")) {
        case "latency" -> reportLatency(env, options);
        case "checkpoints" -> reportCheckpoints(env, options);
        default -> reportQuery(env, options);
      }
    }
    // Flink's threads would keep the process for a while.
    System.exit(0);
  }

  private static void reportQuery(StreamExecutionEnvironment env, Options options) throws Exception {
    Queries.build(env, options);
    env.execute("nexmark");
    System.out.printf(
        "{\"count\":%d,\"checksum\":\"%08x%08x\",\"wallMs\":%.1f,\"cpuMs\":%.1f,\"peakRssBytes\":%d,\"firstResultAtMs\":%d}%n",
        Measured.count,
        Measured.a,
        Measured.b,
        Measured.wallMs(),
        Measured.cpuMs(),
        Measured.peakRssBytes(),
        Measured.firstResultAtMs);
  }

  private static void reportLatency(StreamExecutionEnvironment env, Options options) throws Exception {
    Probes.latency(env, options);
    long cpuBefore = ProcessHandle.current().info().totalCpuDuration().orElseThrow().toMillis();
    double wallMs = env.execute("latency").getNetRuntime();
    double cores = (ProcessHandle.current().info().totalCpuDuration().orElseThrow().toMillis() - cpuBefore) / wallMs;
    double[] sorted = Measured.allSamples();
    Arrays.sort(sorted);
    System.out.printf(
        "{\"samples\":%d,\"p50Ms\":%f,\"p99Ms\":%f,\"p999Ms\":%f,\"cores\":%.3f}%n",
        sorted.length, at(sorted, 0.5), at(sorted, 0.99), at(sorted, 0.999), cores);
  }

  private static double at(double[] sortedMicros, double part) {
    return sortedMicros[(int) Math.min(sortedMicros.length - 1, part * sortedMicros.length)] / 1000;
  }

  private static void reportCheckpoints(StreamExecutionEnvironment env, Options options) throws Exception {
    Probes.checkpoints(env, options);
    JobClient job = env.executeAsync("checkpoint cost");
    CheckpointHistory history = new CheckpointHistory(options.number("restPort", 0), job.getJobID().toString());
    Thread asking = new Thread(history);
    asking.setDaemon(true);
    asking.start();
    job.getJobExecutionResult().get();
    System.out.printf(
        "{\"wallMs\":%.1f,\"cpuMs\":%.1f,\"gaps\":%s,\"peakRssBytes\":%d,\"rest\":%s}%n",
        Measured.wallMs(),
        Measured.cpuMs(),
        Arrays.toString(Measured.allSamples()),
        Measured.peakRssBytes(),
        history.last());
  }

  private static Configuration configuration(Options options, Path folder) {
    Configuration configuration = new Configuration();
    configuration.setString("pipeline.object-reuse", options.text("reuse", "true"));
    configuration.setString("pipeline.generic-types", "false");
    configuration.setString("state.backend.type", options.text("backend", "hashmap"));
    configuration.setString("execution.checkpointing.incremental", "true");
    configuration.setString("execution.checkpointing.storage", "filesystem");
    configuration.setString("execution.checkpointing.dir", folder.resolve("checkpoints").toUri().toString());
    configuration.setString("taskmanager.memory.managed.size", options.text("managedMemory", "256m"));
    configuration.setString("state.backend.rocksdb.localdir", folder.resolve("rocksdb").toString());
    configuration.setString("io.tmp.dirs", folder.toString());
    configuration.setString("rest.bind-port", options.text("restPort", "0"));
    configuration.setString("rest.port", options.text("restPort", "0"));
    configuration.setString("web.checkpoints.history", "100");
    int intervalMs = options.number("intervalMs", 1000);
    if (intervalMs > 0) configuration.setString("execution.checkpointing.interval", intervalMs + " ms");
    String watermarkIntervalMs = options.text("watermarkIntervalMs", "");
    if (!watermarkIntervalMs.isEmpty()) {
      configuration.setString("pipeline.auto-watermark-interval", watermarkIntervalMs + " ms");
    }
    String bufferTimeoutMs = options.text("bufferTimeoutMs", "");
    if (!bufferTimeoutMs.isEmpty()) {
      configuration.setString("execution.buffer-timeout.interval", bufferTimeoutMs + " ms");
    }
    return configuration;
  }
}
