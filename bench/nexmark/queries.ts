/** The Nexmark queries as Millrace programs, each from its source to the stream of its results. */
import {
  type AggregateFunction,
  count,
  type DataStream,
  type KeyedCoProcessFunction,
  type KeyedProcessFunction,
  listState,
  SlidingEventTimeWindows,
  type StreamExecutionEnvironment,
  TumblingEventTimeWindows,
  type ValueStateDescriptor,
  valueState,
  WatermarkStrategy,
} from "millrace";
import { DataGeneratorSource } from "millrace/connectors/generator";
import type { ChecksumMode } from "./checksum.ts";
import { ChecksumSink } from "./checksum-sink.ts";
import {
  type Auction,
  auctionAt,
  type Bid,
  bidAt,
  isAuctionIndex,
  isBidIndex,
  type KeyValue,
  keyValueAt,
  timestampAt,
} from "./events.ts";
import {
  type AuctionPrice,
  type BidderCount,
  type BidResult,
  type CategoryAverage,
  type HighestBid,
  type HotAuction,
  type QueryName,
  RESULT_HASH,
  type ResultHash,
  type ResultOf,
  type RunningCount,
} from "./results.ts";

export interface QueryOptions {
  /** How many events there are, and the source makes. */
  readonly events: number;
  /** Events per second of event time. */
  readonly eps: number;
  /** Keys of the word count. */
  readonly keys: number;
  readonly checksum: ChecksumMode;
  /** Where the checksum sink leaves its sums. */
  readonly resultFolder: string;
  /** Events per second of real time; undefined: as fast as they are made. */
  readonly ratePerSecond?: number | undefined;
  /** The event that cannot be made at the first try; the job then restarts. Undefined: all can. */
  readonly failAt?: number | undefined;
  /** Called before event `measuredFrom` and those next to it are made: by each subtask, as its warm-up ends. */
  readonly onMeasured?: (() => void) | undefined;
  readonly measuredFrom?: number | undefined;
}

type Query<R> = (env: StreamExecutionEnvironment, options: QueryOptions) => DataStream<R>;

export const QUERIES: { readonly [Name in QueryName]: Query<ResultOf[Name]> } = {
  q0: passThrough,
  q1: currencyConversion,
  q2: selection,
  q4: averageWinningPrices,
  q5: hotAuctions,
  q7: highestBids,
  q12: bidsPerBidder,
  wc: runningCounts,
};

/** Declares query `name` in `env`, from its source to a checksum sink. */
export function buildQuery(env: StreamExecutionEnvironment, name: QueryName, options: QueryOptions): void {
  const results: DataStream<unknown> = QUERIES[name](env, options);
  results.sinkTo(new ChecksumSink(options.resultFolder, RESULT_HASH[name] as ResultHash<unknown>, options.checksum));
}

function passThrough(env: StreamExecutionEnvironment, options: QueryOptions): DataStream<BidResult> {
  return bidsOf(env, options);
}

function currencyConversion(env: StreamExecutionEnvironment, options: QueryOptions): DataStream<BidResult> {
  return bidsOf(env, options).map((bid) => ({
    auction: bid.auction,
    bidder: bid.bidder,
    price: Math.floor((bid.price * 908) / 1000),
    dateTime: bid.dateTime,
    channel: bid.channel,
    url: bid.url,
    extra: bid.extra,
  }));
}

function selection(env: StreamExecutionEnvironment, options: QueryOptions): DataStream<AuctionPrice> {
  return bidsOf(env, options)
    .filter((bid) => bid.auction % 123 === 0)
    .map((bid) => ({ auction: bid.auction, price: bid.price }));
}

function averageWinningPrices(env: StreamExecutionEnvironment, options: QueryOptions): DataStream<CategoryAverage> {
  const events = env.fromSource(
    generator<Auction | Bid | Unread>(options, (i) => {
      if (isBidIndex(i)) return bidAt(i, options.eps);
      return isAuctionIndex(i) ? auctionAt(i, options.eps) : unreadAt(i, options.eps);
    }),
    byDateTime<Auction | Bid | Unread>(),
    "events",
  );
  const auctions = events
    .filter((event): event is Auction => event.kind === "auction")
    .map((auction) => ({
      id: auction.id,
      category: auction.category,
      dateTime: auction.dateTime,
      expires: auction.expires,
    }));
  const bids = events
    .filter((event): event is Bid => event.kind === "bid")
    .map((bid) => ({ auction: bid.auction, price: bid.price, dateTime: bid.dateTime }));

  return auctions
    .connect(bids)
    .keyBy(
      (auction) => auction.id,
      (bid) => bid.auction,
    )
    .process(winningPrice)
    .keyBy((winner) => winner.category)
    .window(TumblingEventTimeWindows.of("10s"))
    .aggregate(countAndSum, ({ count, sum }, { key, window }) => ({
      windowEnd: window.end,
      category: key,
      count,
      average: Math.floor(sum / count),
    }));
}

interface OpenAuction {
  readonly category: number;
  readonly dateTime: number;
  readonly expires: number;
  /** -1 before the first bid that counts. */
  highest: number;
}
interface AuctionBid {
  readonly auction: number;
  readonly price: number;
  readonly dateTime: number;
}
interface WinningPrice {
  readonly category: number;
  readonly price: number;
}

/** People go on bidding on an auction that has expired; for so long it is remembered that their bids are in vain. */
const REMEMBERED_MS = 1000;

/**
 * Gives each auction's highest price when it expires. A bid may come before its auction; it can be forgotten once the watermark
 * has reached it, because an auction that comes later than that has also begun later.
 */
const winningPrice: KeyedCoProcessFunction<
  number,
  Omit<OpenAuction, "highest"> & { readonly id: number },
  AuctionBid,
  WinningPrice,
  { auction: ValueStateDescriptor<OpenAuction>; early: ReturnType<typeof listState<AuctionBid>> }
> = {
  state: { auction: valueState<OpenAuction>(), early: listState<AuctionBid>() },

  processElement1({ category, dateTime, expires }, { state, timers }) {
    const auction: OpenAuction = { category, dateTime, expires, highest: -1 };
    for (const bid of state.early.get()) raise(auction, bid);
    state.early.clear();
    state.auction.update(auction);
    timers.registerEventTimeTimer(expires);
  },

  processElement2(bid, { state, timers }) {
    const auction = state.auction.value();
    if (auction === undefined) {
      state.early.add(bid);
      timers.registerEventTimeTimer(bid.dateTime);
    } else if (raise(auction, bid)) {
      state.auction.update(auction);
    }
  },

  onTimer(timestamp, { state, timers }, out) {
    const auction = state.auction.value();
    if (auction === undefined) {
      state.early.update(state.early.get().filter((bid) => bid.dateTime > timestamp));
    } else if (timestamp === auction.expires) {
      if (auction.highest >= 0) out.collect({ category: auction.category, price: auction.highest });
      timers.registerEventTimeTimer(timestamp + REMEMBERED_MS);
    } else if (timestamp === auction.expires + REMEMBERED_MS) {
      state.auction.clear();
    }
  },
};

/** Whether `bid` is now the highest of `auction`. */
function raise(auction: OpenAuction, bid: AuctionBid): boolean {
  if (bid.dateTime < auction.dateTime || bid.dateTime > auction.expires || bid.price <= auction.highest) return false;
  auction.highest = bid.price;
  return true;
}

interface CountAndSum {
  count: number;
  sum: number;
}

const countAndSum: AggregateFunction<WinningPrice, CountAndSum, CountAndSum> = {
  createAccumulator: () => ({ count: 0, sum: 0 }),
  add({ price }, accumulator) {
    accumulator.count++;
    accumulator.sum += price;
    return accumulator;
  },
  getResult: (accumulator) => accumulator,
  merge(a, b) {
    a.count += b.count;
    a.sum += b.sum;
    return a;
  },
};

function hotAuctions(env: StreamExecutionEnvironment, options: QueryOptions): DataStream<HotAuction> {
  return bidsOf(env, options)
    .map((bid) => ({ auction: bid.auction }))
    .keyBy((bid) => bid.auction)
    .window(SlidingEventTimeWindows.of("10s", "2s"))
    .aggregate(count(), (count, { key, window }) => ({ windowEnd: window.end, auction: key, count }))
    .keyBy((hot) => hot.windowEnd)
    .window(TumblingEventTimeWindows.of("2s"))
    .aggregate(hottest, ({ auctions, count }, { window }) => ({ windowEnd: window.end, auctions, count }))
    .flatMap(({ windowEnd, auctions, count }) => auctions.map((auction) => ({ windowEnd, auction, count })));
}

/** The highest count, and who has it. */
interface Hottest {
  count: number;
  auctions: number[];
}

const hottest: AggregateFunction<HotAuction, Hottest, Hottest> = {
  createAccumulator: () => ({ count: 0, auctions: [] }),
  add({ auction, count }, highest) {
    if (count > highest.count) {
      highest.count = count;
      highest.auctions = [auction];
    } else if (count === highest.count) {
      highest.auctions.push(auction);
    }
    return highest;
  },
  getResult: (highest) => highest,
};

function highestBids(env: StreamExecutionEnvironment, options: QueryOptions): DataStream<HighestBid> {
  return bidsOf(env, options)
    .map((bid) => ({ auction: bid.auction, bidder: bid.bidder, price: bid.price, dateTime: bid.dateTime }))
    .keyBy((bid) => bid.auction % HIGHEST_BID_GROUPS)
    .window(TumblingEventTimeWindows.of("10s"))
    .reduce(higher)
    .windowAll(TumblingEventTimeWindows.of("10s"))
    .reduce(higher, ({ auction, bidder, price, dateTime }, { window }) => ({
      windowEnd: window.end,
      auction,
      bidder,
      price,
      dateTime,
    }));
}

/** Bids compete within groups first, in parallel; the winners of the groups are few. */
const HIGHEST_BID_GROUPS = 64;

interface CompetingBid {
  readonly auction: number;
  readonly bidder: number;
  readonly price: number;
  readonly dateTime: number;
}

/** The higher of two bids; of equal ones the earlier, then the one with the lower auction, then bidder. */
function higher(a: CompetingBid, b: CompetingBid): CompetingBid {
  if (a.price !== b.price) return a.price > b.price ? a : b;
  if (a.dateTime !== b.dateTime) return a.dateTime < b.dateTime ? a : b;
  if (a.auction !== b.auction) return a.auction < b.auction ? a : b;
  return a.bidder <= b.bidder ? a : b;
}

function bidsPerBidder(env: StreamExecutionEnvironment, options: QueryOptions): DataStream<BidderCount> {
  return bidsOf(env, options)
    .map((bid) => ({ bidder: bid.bidder }))
    .keyBy((bid) => bid.bidder)
    .window(TumblingEventTimeWindows.of("10s"))
    .aggregate(count(), (count, { key, window }) => ({
      bidder: key,
      count,
      windowStart: window.start,
      windowEnd: window.end,
    }));
}

function runningCounts(env: StreamExecutionEnvironment, options: QueryOptions): DataStream<RunningCount> {
  return env
    .fromSource(
      generator<KeyValue>(options, (i) => keyValueAt(i, options.keys)),
      WatermarkStrategy.noWatermarks<KeyValue>(),
      "words",
    )
    .keyBy((word) => word.key)
    .process(runningCount);
}

/** Shared with other benchmarks of state. */
export const runningCount: KeyedProcessFunction<
  number,
  KeyValue,
  RunningCount,
  { count: ValueStateDescriptor<number, never>; sum: ValueStateDescriptor<number, never> }
> = {
  state: { count: valueState<number>({ initial: 0 }), sum: valueState<number>({ initial: 0 }) },
  processElement({ key, value }, { state }, out) {
    const count = state.count.value() + 1;
    const sum = state.sum.value() + value;
    state.count.update(count);
    state.sum.update(sum);
    out.collect({ key, count, sum });
  },
};

/** An event that the query does not read: only its time counts. */
interface Unread {
  readonly kind: "unread";
  readonly dateTime: number;
}

function unreadAt(i: number, eps: number): Unread {
  return { kind: "unread", dateTime: timestampAt(i, eps) };
}

function bidsOf(env: StreamExecutionEnvironment, options: QueryOptions): DataStream<Bid> {
  return env
    .fromSource(
      generator<Bid | Unread>(options, (i) => (isBidIndex(i) ? bidAt(i, options.eps) : unreadAt(i, options.eps))),
      byDateTime<Bid | Unread>(),
      "events",
    )
    .filter((event): event is Bid => event.kind === "bid");
}

function byDateTime<T extends { readonly dateTime: number }>(): WatermarkStrategy<T> {
  return WatermarkStrategy.forMonotonousTimestamps<T>().withTimestamps((event) => event.dateTime);
}

function generator<T>(
  { events, ratePerSecond, failAt, measuredFrom = 0, onMeasured }: QueryOptions,
  generate: (index: number) => T,
): DataGeneratorSource<T> {
  return new DataGeneratorSource<T>({
    count: events,
    ...(ratePerSecond === undefined ? {} : { ratePerSecond }),
    generate: noticed(measuredFrom, onMeasured, failAt === undefined ? generate : failingOnce(failAt, generate)),
  });
}

/** At most this many subtasks step through the indexes side by side. */
const SUBTASKS_MAX = 128;

function noticed<T>(
  measuredFrom: number,
  onMeasured: (() => void) | undefined,
  generate: (index: number) => T,
): (index: number) => T {
  if (onMeasured === undefined) return generate;
  return (index) => {
    if (index >= measuredFrom && index < measuredFrom + SUBTASKS_MAX) onMeasured();
    return generate(index);
  };
}

function failingOnce<T>(failAt: number, generate: (index: number) => T): (index: number) => T {
  let failed = false;
  return (index) => {
    if (index === failAt && !failed) {
      failed = true;
      throw new Error(`event ${index} could not be made`);
    }
    return generate(index);
  };
}
