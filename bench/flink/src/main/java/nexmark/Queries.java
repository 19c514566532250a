package nexmark;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.AggregateFunction;
import org.apache.flink.api.common.functions.ReduceFunction;
import org.apache.flink.api.common.typeinfo.TypeHint;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple1;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.api.java.tuple.Tuple3;
import org.apache.flink.api.java.tuple.Tuple4;
import org.apache.flink.api.java.tuple.Tuple5;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.windowing.ProcessAllWindowFunction;
import org.apache.flink.streaming.api.functions.windowing.ProcessWindowFunction;
import org.apache.flink.streaming.api.windowing.assigners.SlidingEventTimeWindows;
import org.apache.flink.streaming.api.windowing.assigners.TumblingEventTimeWindows;
import org.apache.flink.streaming.api.windowing.windows.TimeWindow;
import org.apache.flink.util.Collector;

/**
 * The queries, each from its source to its sink. Whole bids are POJOs; what is sent to another subtask is a tuple of what is read
 * there, which is Flink's fastest record of several fields. No type falls back to Kryo: Main forbids it.
 */
final class Queries {
  private final StreamExecutionEnvironment env;
  private final Options options;
  private final int events;
  private final int measuredFrom;
  private final int eps;

  private Queries(StreamExecutionEnvironment env, Options options) {
    this.env = env;
    this.options = options;
    this.events = options.number("events", 1_000_000);
    this.measuredFrom = options.number("measuredFrom", 0);
    this.eps = options.number("eps", 10_000);
  }

  static void build(StreamExecutionEnvironment env, Options options) {
    Queries queries = new Queries(env, options);
    String name = options.text("query", "q0");
    switch (name) {
      case "q0" -> queries.sink(queries.bids(), Queries::hashBid);
      case "q1" -> queries.sink(queries.bids().map(Queries::inEuros), Queries::hashBid);
      case "q2" -> queries.selection();
      case "q4" -> queries.averageWinningPrices();
      case "q5" -> queries.hotAuctions();
      case "q7" -> queries.highestBids();
      case "q12" -> queries.bidsPerBidder();
      case "wc" -> queries.runningCounts();
      default -> throw new IllegalArgumentException("no query " + name);
    }
  }

  private void selection() {
    SingleOutputStreamOperator<Tuple2<Integer, Integer>> selected =
        bids()
            .filter(bid -> bid.auction % 123 == 0)
            .map(bid -> Tuple2.of(bid.auction, bid.price))
            .returns(Types.TUPLE(Types.INT, Types.INT));
    sink(selected, (r, full) -> RecordHash.number(RecordHash.number(RecordHash.EMPTY, r.f0), r.f1));
  }

  private void averageWinningPrices() {
    int perSecond = eps;
    DataStream<MarketEvent> market =
        env.fromSource(
            source(i -> Events.marketEventAt(i, perSecond)),
            WatermarkStrategy.<MarketEvent>forMonotonousTimestamps().withTimestampAssigner((e, t) -> e.dateTime),
            "events",
            TypeInformation.of(MarketEvent.class));
    DataStream<Tuple4<Integer, Integer, Long, Long>> auctions =
        market
            .filter(event -> event.auction != null)
            .map(e -> Tuple4.of(e.auction.id, e.auction.category, e.auction.dateTime, e.auction.expires))
            .returns(Types.TUPLE(Types.INT, Types.INT, Types.LONG, Types.LONG));
    DataStream<Tuple3<Integer, Integer, Long>> bids =
        market
            .filter(event -> event.bid != null)
            .map(e -> Tuple3.of(e.bid.auction, e.bid.price, e.bid.dateTime))
            .returns(Types.TUPLE(Types.INT, Types.INT, Types.LONG));
    SingleOutputStreamOperator<Tuple4<Long, Integer, Long, Long>> averages =
        auctions
            .connect(bids)
            .keyBy(auction -> auction.f0, bid -> bid.f0, Types.INT)
            .process(new WinningPrice(), Types.TUPLE(Types.INT, Types.INT))
            .keyBy(winner -> winner.f0)
            .window(TumblingEventTimeWindows.of(Duration.ofSeconds(10)))
            .aggregate(
                new CountAndSum(),
                new ProcessWindowFunction<Tuple2<Long, Long>, Tuple4<Long, Integer, Long, Long>, Integer, TimeWindow>() {
                  @Override
                  public void process(
                      Integer category,
                      Context context,
                      Iterable<Tuple2<Long, Long>> only,
                      Collector<Tuple4<Long, Integer, Long, Long>> out) {
                    Tuple2<Long, Long> sums = only.iterator().next();
                    out.collect(Tuple4.of(context.window().getEnd(), category, sums.f0, sums.f1 / sums.f0));
                  }
                });
    sink(
        averages,
        (r, full) -> {
          int hash = RecordHash.number(RecordHash.number(RecordHash.EMPTY, r.f0), r.f1);
          return RecordHash.number(RecordHash.number(hash, r.f2), r.f3);
        });
  }

  private void hotAuctions() {
    SingleOutputStreamOperator<Tuple3<Long, Integer, Long>> hottest =
        bids()
            .map(bid -> Tuple1.of(bid.auction))
            .returns(Types.TUPLE(Types.INT))
            .keyBy(bid -> bid.f0)
            .window(SlidingEventTimeWindows.of(Duration.ofSeconds(10), Duration.ofSeconds(2)))
            .aggregate(
                new Count<Tuple1<Integer>>(),
                new ProcessWindowFunction<Long, Tuple3<Long, Integer, Long>, Integer, TimeWindow>() {
                  @Override
                  public void process(
                      Integer auction, Context context, Iterable<Long> only, Collector<Tuple3<Long, Integer, Long>> out) {
                    out.collect(Tuple3.of(context.window().getEnd(), auction, only.iterator().next()));
                  }
                })
            .keyBy(count -> count.f0)
            .window(TumblingEventTimeWindows.of(Duration.ofSeconds(2)))
            .aggregate(
                new Hottest(),
                new ProcessWindowFunction<Tuple2<Long, List<Integer>>, Tuple3<Long, Integer, Long>, Long, TimeWindow>() {
                  @Override
                  public void process(
                      Long windowEnd,
                      Context context,
                      Iterable<Tuple2<Long, List<Integer>>> only,
                      Collector<Tuple3<Long, Integer, Long>> out) {
                    Tuple2<Long, List<Integer>> hot = only.iterator().next();
                    for (Integer auction : hot.f1) out.collect(Tuple3.of(windowEnd, auction, hot.f0));
                  }
                },
                Types.TUPLE(Types.LONG, Types.LIST(Types.INT)),
                Types.TUPLE(Types.LONG, Types.LIST(Types.INT)),
                Types.TUPLE(Types.LONG, Types.INT, Types.LONG));
    sink(
        hottest,
        (r, full) -> RecordHash.number(RecordHash.number(RecordHash.number(RecordHash.EMPTY, r.f0), r.f1), r.f2));
  }

  /** Bids compete within groups first, in parallel; the winners of the groups are few. */
  private static final int HIGHEST_BID_GROUPS = 64;

  private void highestBids() {
    ReduceFunction<Tuple4<Integer, Integer, Integer, Long>> higher = Queries::higher;
    SingleOutputStreamOperator<Tuple5<Long, Integer, Integer, Integer, Long>> highest =
        bids()
            .map(bid -> Tuple4.of(bid.auction, bid.bidder, bid.price, bid.dateTime))
            .returns(Types.TUPLE(Types.INT, Types.INT, Types.INT, Types.LONG))
            .keyBy(bid -> bid.f0 % HIGHEST_BID_GROUPS)
            .window(TumblingEventTimeWindows.of(Duration.ofSeconds(10)))
            .reduce(higher)
            .windowAll(TumblingEventTimeWindows.of(Duration.ofSeconds(10)))
            .reduce(
                higher,
                new ProcessAllWindowFunction<
                    Tuple4<Integer, Integer, Integer, Long>, Tuple5<Long, Integer, Integer, Integer, Long>, TimeWindow>() {
                  @Override
                  public void process(
                      Context context,
                      Iterable<Tuple4<Integer, Integer, Integer, Long>> only,
                      Collector<Tuple5<Long, Integer, Integer, Integer, Long>> out) {
                    Tuple4<Integer, Integer, Integer, Long> bid = only.iterator().next();
                    out.collect(Tuple5.of(context.window().getEnd(), bid.f0, bid.f1, bid.f2, bid.f3));
                  }
                });
    sink(
        highest,
        (r, full) -> {
          int hash = RecordHash.number(RecordHash.number(RecordHash.EMPTY, r.f0), r.f1);
          return RecordHash.number(RecordHash.number(RecordHash.number(hash, r.f2), r.f3), r.f4);
        });
  }

  /** The higher of two bids; of equal ones the earlier, then the one with the lower auction, then bidder. */
  private static Tuple4<Integer, Integer, Integer, Long> higher(
      Tuple4<Integer, Integer, Integer, Long> a, Tuple4<Integer, Integer, Integer, Long> b) {
    if (!a.f2.equals(b.f2)) return a.f2 > b.f2 ? a : b;
    if (!a.f3.equals(b.f3)) return a.f3 < b.f3 ? a : b;
    if (!a.f0.equals(b.f0)) return a.f0 < b.f0 ? a : b;
    return a.f1 <= b.f1 ? a : b;
  }

  private void bidsPerBidder() {
    SingleOutputStreamOperator<Tuple4<Integer, Long, Long, Long>> counts =
        bids()
            .map(bid -> Tuple1.of(bid.bidder))
            .returns(Types.TUPLE(Types.INT))
            .keyBy(bid -> bid.f0)
            .window(TumblingEventTimeWindows.of(Duration.ofSeconds(10)))
            .aggregate(
                new Count<Tuple1<Integer>>(),
                new ProcessWindowFunction<Long, Tuple4<Integer, Long, Long, Long>, Integer, TimeWindow>() {
                  @Override
                  public void process(
                      Integer bidder,
                      Context context,
                      Iterable<Long> only,
                      Collector<Tuple4<Integer, Long, Long, Long>> out) {
                    TimeWindow window = context.window();
                    out.collect(Tuple4.of(bidder, only.iterator().next(), window.getStart(), window.getEnd()));
                  }
                });
    sink(
        counts,
        (r, full) -> {
          int hash = RecordHash.number(RecordHash.number(RecordHash.EMPTY, r.f0), r.f1);
          return RecordHash.number(RecordHash.number(hash, r.f2), r.f3);
        });
  }

  private void runningCounts() {
    int keys = options.number("keys", 1000);
    SingleOutputStreamOperator<Tuple3<Integer, Long, Long>> counts =
        env.fromSource(
                source(
                    i -> {
                      int key = Events.wordKeyAt(i, keys);
                      return Tuple2.of(key, Events.wordValueOf(key));
                    }),
                WatermarkStrategy.<Tuple2<Integer, Integer>>noWatermarks(),
                "words",
                TypeInformation.of(new TypeHint<Tuple2<Integer, Integer>>() {}))
            .keyBy(word -> word.f0)
            .process(new RunningCount());
    sink(
        counts,
        (r, full) -> RecordHash.number(RecordHash.number(RecordHash.number(RecordHash.EMPTY, r.f0), r.f1), r.f2));
  }

  private DataStream<Bid> bids() {
    int perSecond = eps;
    return env.fromSource(
            source(i -> Events.bidOrUnreadAt(i, perSecond)),
            WatermarkStrategy.<Bid>forMonotonousTimestamps().withTimestampAssigner((bid, t) -> bid.dateTime),
            "events",
            TypeInformation.of(Bid.class))
        .filter(bid -> bid.isBid);
  }

  private <T> IndexSource<T> source(IndexSource.Generator<T> generator) {
    return new IndexSource<>(events, measuredFrom, 0, generator);
  }

  private <R> void sink(DataStream<R> results, RecordHash<R> hash) {
    results.sinkTo(new ChecksumSink<>(hash, options.text("checksum", "light").equals("full")));
  }

  private static Bid inEuros(Bid bid) {
    Bid result = new Bid();
    result.isBid = true;
    result.auction = bid.auction;
    result.bidder = bid.bidder;
    result.price = (int) (bid.price * 908L / 1000);
    result.dateTime = bid.dateTime;
    result.channel = bid.channel;
    result.url = bid.url;
    result.extra = bid.extra;
    return result;
  }

  private static int hashBid(Bid bid, boolean full) {
    int hash = RecordHash.number(RecordHash.EMPTY, bid.auction);
    hash = RecordHash.number(hash, bid.bidder);
    hash = RecordHash.number(hash, bid.price);
    hash = RecordHash.number(hash, bid.dateTime);
    hash = RecordHash.string(hash, bid.channel, full);
    hash = RecordHash.string(hash, bid.url, full);
    return RecordHash.string(hash, bid.extra, full);
  }

  private static final class Count<T> implements AggregateFunction<T, Long, Long> {
    @Override
    public Long createAccumulator() {
      return 0L;
    }

    @Override
    public Long add(T value, Long count) {
      return count + 1;
    }

    @Override
    public Long getResult(Long count) {
      return count;
    }

    @Override
    public Long merge(Long a, Long b) {
      return a + b;
    }
  }

  private static final class CountAndSum
      implements AggregateFunction<Tuple2<Integer, Integer>, Tuple2<Long, Long>, Tuple2<Long, Long>> {
    @Override
    public Tuple2<Long, Long> createAccumulator() {
      return Tuple2.of(0L, 0L);
    }

    @Override
    public Tuple2<Long, Long> add(Tuple2<Integer, Integer> winner, Tuple2<Long, Long> sums) {
      sums.f0++;
      sums.f1 += winner.f1;
      return sums;
    }

    @Override
    public Tuple2<Long, Long> getResult(Tuple2<Long, Long> sums) {
      return sums;
    }

    @Override
    public Tuple2<Long, Long> merge(Tuple2<Long, Long> a, Tuple2<Long, Long> b) {
      return Tuple2.of(a.f0 + b.f0, a.f1 + b.f1);
    }
  }

  private static final class Hottest
      implements AggregateFunction<Tuple3<Long, Integer, Long>, Tuple2<Long, List<Integer>>, Tuple2<Long, List<Integer>>> {
    @Override
    public Tuple2<Long, List<Integer>> createAccumulator() {
      return Tuple2.of(0L, new ArrayList<>());
    }

    @Override
    public Tuple2<Long, List<Integer>> add(Tuple3<Long, Integer, Long> counted, Tuple2<Long, List<Integer>> highest) {
      if (counted.f2 > highest.f0) {
        highest.f0 = counted.f2;
        highest.f1 = new ArrayList<>(List.of(counted.f1));
      } else if (counted.f2.equals(highest.f0)) {
        highest.f1.add(counted.f1);
      }
      return highest;
    }

    @Override
    public Tuple2<Long, List<Integer>> getResult(Tuple2<Long, List<Integer>> highest) {
      return highest;
    }

    @Override
    public Tuple2<Long, List<Integer>> merge(Tuple2<Long, List<Integer>> a, Tuple2<Long, List<Integer>> b) {
      throw new UnsupportedOperationException("these windows do not merge");
    }
  }
}
