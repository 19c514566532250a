package nexmark;

import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.api.java.tuple.Tuple3;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

/** Per key, how often it has come and the sum of its values; both in one state, which costs Flink one look-up. */
final class RunningCount
    extends KeyedProcessFunction<Integer, Tuple2<Integer, Integer>, Tuple3<Integer, Long, Long>> {
  private transient ValueState<Tuple2<Long, Long>> sums;

  @Override
  public void open(OpenContext context) {
    sums = getRuntimeContext().getState(new ValueStateDescriptor<>("sums", Types.TUPLE(Types.LONG, Types.LONG)));
  }

  @Override
  public void processElement(
      Tuple2<Integer, Integer> word, Context context, Collector<Tuple3<Integer, Long, Long>> out) throws Exception {
    Tuple2<Long, Long> before = sums.value();
    Tuple2<Long, Long> after =
        before == null ? Tuple2.of(1L, (long) word.f1) : Tuple2.of(before.f0 + 1, before.f1 + word.f1);
    sums.update(after);
    out.collect(Tuple3.of(word.f0, after.f0, after.f1));
  }
}
