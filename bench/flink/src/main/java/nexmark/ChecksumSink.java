package nexmark;

import static nexmark.Mixing.fmix32;

import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;

/** Counts and hashes the results of a job that does not fail; the sums do not depend on their order. */
final class ChecksumSink<R> implements Sink<R> {
  private final RecordHash<R> hash;
  private final boolean full;

  ChecksumSink(RecordHash<R> hash, boolean full) {
    this.hash = hash;
    this.full = full;
  }

  @Override
  public SinkWriter<R> createWriter(WriterInitContext context) {
    return new Writer<>(hash, full);
  }

  private static final class Writer<R> implements SinkWriter<R> {
    private final RecordHash<R> hash;
    private final boolean full;
    private long count;
    private int a;
    private int b;
    private boolean finished;

    Writer(RecordHash<R> hash, boolean full) {
      this.hash = hash;
      this.full = full;
    }

    @Override
    public void write(R result, Context context) {
      if (count++ == 0) Measured.firstResult();
      int h = hash.hash(result, full);
      a += fmix32(h);
      b += fmix32(h + 0x9e3779b9);
    }

    @Override
    public void flush(boolean endOfInput) {
      if (!endOfInput || finished) return;
      finished = true;
      Measured.finished(count, a, b);
    }

    @Override
    public void close() {}
  }
}
