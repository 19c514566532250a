package nexmark;

import static nexmark.Mixing.fmix32;

import java.util.Arrays;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.api.java.tuple.Tuple3;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** What throughput does not show: how long records are on their way, and how long checkpoints stop the stream. */
final class Probes {
  private static final int LATENCY_KEYS = 1000;
  /** Shorter gaps between two records are not looked at. */
  private static final double GAP_MIN_MS = 0.2;

  private Probes() {}

  /** Records at a fixed rate through one keyBy; samples, in microseconds, those that came from the other subtask. */
  static void latency(StreamExecutionEnvironment env, Options options) {
    int rate = options.number("ratePerSecond", 10_000);
    int measuredFrom = options.number("warmupSeconds", 5) * rate;
    int parallelism = options.number("parallelism", 2);
    env.fromSource(
            new IndexSource<>(
                measuredFrom + options.number("seconds", 10) * rate,
                measuredFrom,
                rate,
                i -> Tuple3.of(i, (fmix32(i) >>> 1) % LATENCY_KEYS, System.nanoTime())),
            WatermarkStrategy.<Tuple3<Integer, Integer, Long>>noWatermarks(),
            "paced",
            Types.TUPLE(Types.INT, Types.INT, Types.LONG))
        .keyBy(sent -> sent.f1)
        .map(sent -> sent)
        .returns(Types.TUPLE(Types.INT, Types.INT, Types.LONG))
        .sinkTo(
            new SamplesSink<>(
                () ->
                    (sent, subtask, samples) -> {
                      if (sent.f0 >= measuredFrom && sent.f0 % parallelism != subtask) {
                        samples.add((System.nanoTime() - sent.f2) / 1e3);
                      }
                    }));
  }

  /** A running count over many keys, all of which come once first; samples the end and the length of each gap. */
  static void checkpoints(StreamExecutionEnvironment env, Options options) {
    int keys = options.number("keys", 1_000_000);
    int skipped = keys / options.number("parallelism", 1);
    env.fromSource(
            new IndexSource<>(
                keys + options.number("events", 1_000_000),
                keys,
                0,
                i -> {
                  int key = i < keys ? i : (fmix32(i) >>> 1) % keys;
                  return Tuple2.of(key, Events.wordValueOf(key));
                }),
            WatermarkStrategy.<Tuple2<Integer, Integer>>noWatermarks(),
            "words",
            Types.TUPLE(Types.INT, Types.INT))
        .keyBy(word -> word.f0)
        .process(new RunningCount())
        .sinkTo(new SamplesSink<>(() -> new Gaps<>(skipped)));
  }

  interface Sampler<R> {
    void take(R result, int subtask, Samples samples);
  }

  interface SamplerFactory<R> extends java.io.Serializable {
    Sampler<R> create();
  }

  private static final class Gaps<R> implements Sampler<R> {
    private final long skipped;
    private long seen;
    private long lastNanos;

    Gaps(long skipped) {
      this.skipped = skipped;
    }

    @Override
    public void take(R result, int subtask, Samples samples) {
      if (++seen < skipped) return;
      long now = System.nanoTime();
      double gapMs = (now - lastNanos) / 1e6;
      if (seen > skipped && gapMs >= GAP_MIN_MS) {
        samples.add(System.currentTimeMillis());
        samples.add(gapMs);
      }
      lastNanos = now;
    }
  }

  /** A list of doubles. */
  static final class Samples {
    private double[] items = new double[1024];
    private int size;

    void add(double item) {
      if (size == items.length) items = Arrays.copyOf(items, 2 * size);
      items[size++] = item;
    }

    double[] toArray() {
      return Arrays.copyOf(items, size);
    }
  }

  private static final class SamplesSink<R> implements Sink<R> {
    private final SamplerFactory<R> sampler;

    SamplesSink(SamplerFactory<R> sampler) {
      this.sampler = sampler;
    }

    @Override
    public SinkWriter<R> createWriter(WriterInitContext context) {
      Sampler<R> of = sampler.create();
      int subtask = context.getTaskInfo().getIndexOfThisSubtask();
      Samples samples = new Samples();
      return new SinkWriter<>() {
        @Override
        public void write(R result, Context ignored) {
          of.take(result, subtask, samples);
        }

        @Override
        public void flush(boolean endOfInput) {
          if (endOfInput) Measured.finished(samples.toArray());
        }

        @Override
        public void close() {}
      };
    }
  }
}
