package nexmark;

import java.io.DataInputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.SourceSplit;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.core.io.InputStatus;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/** Records made by a function of their index: reader p of P emits the indexes p, p + P, p + 2P and so on, in this order. */
final class IndexSource<T> implements Source<T, IndexSource.Split, Integer> {
  /** Records per poll. One at a time costs Flink's task loop a turn for each. */
  private static final int POLLED_RECORDS = 128;

  interface Generator<T> extends Serializable {
    T at(int index);
  }

  private final int count;
  private final int measuredFrom;
  private final double ratePerSecond;
  private final Generator<T> generator;

  /** {@code ratePerSecond}, over all readers; 0: as fast as the job takes them. */
  IndexSource(int count, int measuredFrom, double ratePerSecond, Generator<T> generator) {
    this.count = count;
    this.measuredFrom = measuredFrom;
    this.ratePerSecond = ratePerSecond;
    this.generator = generator;
  }

  @Override
  public Boundedness getBoundedness() {
    return Boundedness.BOUNDED;
  }

  @Override
  public SourceReader<T, Split> createReader(SourceReaderContext context) {
    return new Reader();
  }

  @Override
  public SplitEnumerator<Split, Integer> createEnumerator(SplitEnumeratorContext<Split> context) {
    return new Enumerator(context);
  }

  @Override
  public SplitEnumerator<Split, Integer> restoreEnumerator(SplitEnumeratorContext<Split> context, Integer checkpoint) {
    return new Enumerator(context);
  }

  @Override
  public SimpleVersionedSerializer<Split> getSplitSerializer() {
    return new Split.Serializer();
  }

  @Override
  public SimpleVersionedSerializer<Integer> getEnumeratorCheckpointSerializer() {
    return new SimpleVersionedSerializer<>() {
      @Override
      public int getVersion() {
        return 1;
      }

      @Override
      public byte[] serialize(Integer nothing) {
        return new byte[0];
      }

      @Override
      public Integer deserialize(int version, byte[] bytes) {
        return 0;
      }
    };
  }

  record Split(int position, int step) implements SourceSplit {
    @Override
    public String splitId() {
      return String.valueOf(position % step);
    }

    static final class Serializer implements SimpleVersionedSerializer<Split> {
      @Override
      public int getVersion() {
        return 1;
      }

      @Override
      public byte[] serialize(Split split) {
        return ByteBuffer.allocate(8).putInt(split.position).putInt(split.step).array();
      }

      @Override
      public Split deserialize(int version, byte[] bytes) throws IOException {
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
        return new Split(in.readInt(), in.readInt());
      }
    }
  }

  private static final class Enumerator implements SplitEnumerator<Split, Integer> {
    private final SplitEnumeratorContext<Split> context;

    Enumerator(SplitEnumeratorContext<Split> context) {
      this.context = context;
    }

    @Override
    public void start() {}

    @Override
    public void handleSplitRequest(int subtask, String host) {}

    @Override
    public void addSplitsBack(List<Split> splits, int subtask) {
      throw new IllegalStateException("a benchmark does not recover");
    }

    @Override
    public void addReader(int subtask) {
      context.assignSplit(new Split(subtask, context.currentParallelism()), subtask);
      context.signalNoMoreSplits(subtask);
    }

    @Override
    public Integer snapshotState(long checkpointId) {
      return 0;
    }

    @Override
    public void close() {}
  }

  private final class Reader implements SourceReader<T, Split> {
    private final CompletableFuture<Void> assigned = new CompletableFuture<>();
    private int position;
    private int step;
    private long emitted;
    private long firstNanos;

    @Override
    public void start() {}

    @Override
    public InputStatus pollNext(ReaderOutput<T> output) {
      if (step == 0) return InputStatus.NOTHING_AVAILABLE;
      long due = ratePerSecond == 0 ? POLLED_RECORDS : due();
      if (due <= 0) return InputStatus.NOTHING_AVAILABLE;
      int left = (int) Math.min(POLLED_RECORDS, due);
      for (; left > 0 && position < count && position >= 0; left--) {
        if (position >= measuredFrom && position < measuredFrom + step) Measured.start();
        output.collect(generator.at(position));
        position += step;
        emitted++;
      }
      return position < count && position >= 0 ? InputStatus.MORE_AVAILABLE : InputStatus.END_OF_INPUT;
    }

    private long due() {
      long now = System.nanoTime();
      if (firstNanos == 0) firstNanos = now;
      return (long) ((now - firstNanos) * (ratePerSecond / step) / 1e9) - emitted;
    }

    @Override
    public CompletableFuture<Void> isAvailable() {
      if (step == 0) return assigned;
      if (ratePerSecond == 0 || due() > 0) return CompletableFuture.completedFuture(null);
      return CompletableFuture.runAsync(
          () -> {}, CompletableFuture.delayedExecutor(1, java.util.concurrent.TimeUnit.MILLISECONDS));
    }

    @Override
    public List<Split> snapshotState(long checkpointId) {
      return new ArrayList<>(List.of(new Split(position, step)));
    }

    @Override
    public void addSplits(List<Split> splits) {
      position = splits.get(0).position;
      step = splits.get(0).step;
      assigned.complete(null);
    }

    @Override
    public void notifyNoMoreSplits() {}

    @Override
    public void close() {}
  }
}
