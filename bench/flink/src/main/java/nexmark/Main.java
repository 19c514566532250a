package nexmark;

import java.nio.file.Path;
import org.apache.flink.configuration.Configuration;
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
      Queries.build(env, options);
      env.execute("nexmark");
    }
    System.out.printf(
        "{\"count\":%d,\"checksum\":\"%08x%08x\",\"wallMs\":%.1f,\"cpuMs\":%.1f,\"peakRssBytes\":%d,\"firstResultAtMs\":%d}%n",
        Measured.count,
        Measured.a,
        Measured.b,
        (Measured.endNanos - Measured.startNanos) / 1e6,
        (Measured.endCpuNanos - Measured.startCpuNanos) / 1e6,
        Measured.peakRssBytes(),
        Measured.firstResultAtMs);
    // Flink's threads would keep the process for a while.
    System.exit(0);
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
    configuration.setString("rest.bind-port", "0");
    int intervalMs = options.number("intervalMs", 1000);
    if (intervalMs > 0) configuration.setString("execution.checkpointing.interval", intervalMs + " ms");
    String bufferTimeoutMs = options.text("bufferTimeoutMs", "");
    if (!bufferTimeoutMs.isEmpty()) {
      configuration.setString("execution.buffer-timeout.interval", bufferTimeoutMs + " ms");
    }
    return configuration;
  }
}
