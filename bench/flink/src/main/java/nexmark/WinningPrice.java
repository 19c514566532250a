package nexmark;

import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.api.java.tuple.Tuple3;
import org.apache.flink.api.java.tuple.Tuple4;
import org.apache.flink.streaming.api.functions.co.KeyedCoProcessFunction;
import org.apache.flink.util.Collector;

/** Gives each auction's highest price when it expires: category, price. A bid may come before its auction. */
final class WinningPrice
    extends KeyedCoProcessFunction<
        Integer, Tuple4<Integer, Integer, Long, Long>, Tuple3<Integer, Integer, Long>, Tuple2<Integer, Integer>> {
  /** People go on bidding on an auction that has expired; for so long it is remembered that their bids are in vain. */
  private static final long REMEMBERED_MS = 1000;

  /** Category, begin, end, highest price; the latter is -1 before the first bid that counts. */
  private transient ValueState<Tuple4<Integer, Long, Long, Integer>> open;

  private transient ListState<Tuple3<Integer, Integer, Long>> early;

  @Override
  public void open(OpenContext context) {
    open =
        getRuntimeContext()
            .getState(
                new ValueStateDescriptor<>("auction", Types.TUPLE(Types.INT, Types.LONG, Types.LONG, Types.INT)));
    early =
        getRuntimeContext()
            .getListState(new ListStateDescriptor<>("early", Types.TUPLE(Types.INT, Types.INT, Types.LONG)));
  }

  @Override
  public void processElement1(
      Tuple4<Integer, Integer, Long, Long> auction, Context context, Collector<Tuple2<Integer, Integer>> out)
      throws Exception {
    Tuple4<Integer, Long, Long, Integer> opened = Tuple4.of(auction.f1, auction.f2, auction.f3, -1);
    Iterable<Tuple3<Integer, Integer, Long>> bids = early.get();
    if (bids != null) {
      for (Tuple3<Integer, Integer, Long> bid : bids) raise(opened, bid);
      early.clear();
    }
    open.update(opened);
    context.timerService().registerEventTimeTimer(auction.f3);
  }

  @Override
  public void processElement2(
      Tuple3<Integer, Integer, Long> bid, Context context, Collector<Tuple2<Integer, Integer>> out) throws Exception {
    Tuple4<Integer, Long, Long, Integer> auction = open.value();
    if (auction == null) {
      early.add(bid);
      context.timerService().registerEventTimeTimer(bid.f2);
    } else if (raise(auction, bid)) {
      open.update(auction);
    }
  }

  @Override
  public void onTimer(long timestamp, OnTimerContext context, Collector<Tuple2<Integer, Integer>> out)
      throws Exception {
    Tuple4<Integer, Long, Long, Integer> auction = open.value();
    if (auction == null) {
      List<Tuple3<Integer, Integer, Long>> later = new ArrayList<>();
      for (Tuple3<Integer, Integer, Long> bid : early.get()) if (bid.f2 > timestamp) later.add(bid);
      early.update(later);
    } else if (timestamp == auction.f2) {
      if (auction.f3 >= 0) out.collect(Tuple2.of(auction.f0, auction.f3));
      context.timerService().registerEventTimeTimer(timestamp + REMEMBERED_MS);
    } else if (timestamp == auction.f2 + REMEMBERED_MS) {
      open.clear();
    }
  }

  /** Whether {@code bid} is now the highest. */
  private static boolean raise(Tuple4<Integer, Long, Long, Integer> auction, Tuple3<Integer, Integer, Long> bid) {
    if (bid.f2 < auction.f1 || bid.f2 > auction.f2 || bid.f1 <= auction.f3) return false;
    auction.f3 = bid.f1;
    return true;
  }
}
