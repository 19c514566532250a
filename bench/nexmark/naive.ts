/**
 * The queries without an engine: loops and maps over all events in order. Slow to change and easy to trust, it says what every
 * engine must give.
 */
import { Checksum, type ChecksumMode, STRING_HASH } from "./checksum.ts";
import {
  type Auction,
  auctionAt,
  type Bid,
  bidAt,
  DEFAULT_EPS,
  isAuctionIndex,
  isBidIndex,
  keyValueAt,
} from "./events.ts";
import { type HighestBid, type QueryName, RESULT_HASH, type ResultOf } from "./results.ts";

export interface NaiveInput {
  readonly events: number;
  readonly eps?: number;
  /** Keys of the word count. */
  readonly keys?: number;
}

/** Count and checksum of a query's results over the first `events` events. */
export function naiveChecksum<Q extends QueryName>(query: Q, mode: ChecksumMode, input: NaiveInput): Checksum {
  const checksum = new Checksum();
  const hash = RESULT_HASH[query];
  const hashString = STRING_HASH[mode];
  NAIVE[query](input, (result) => checksum.add(hash(result, hashString)));
  return checksum;
}

type Emit<R> = (result: R) => void;

/** Each query: gives its results to `emit` in some order. */
export const NAIVE: { readonly [Query in QueryName]: (input: NaiveInput, emit: Emit<ResultOf[Query]>) => void } = {
  q0: (input, emit) => forEachBid(input, emit),
  q1: (input, emit) => forEachBid(input, (bid) => emit({ ...bid, price: Math.floor((bid.price * 908) / 1000) })),
  q2: (input, emit) => forEachBid(input, (bid) => bid.auction % 123 === 0 && emit(bid)),
  q4: averageWinningPrices,
  q5: hotAuctions,
  q7: highestBids,
  q12: bidsPerBidder,
  wc: runningCounts,
};

const TUMBLING_MS = 10_000;
const SLIDE_MS = 2_000;
const SLICES_PER_WINDOW = 5;

function averageWinningPrices(input: NaiveInput, emit: Emit<ResultOf["q4"]>): void {
  const auctions = new Map<number, { auction: Auction; highest: number }>();
  forEachAuction(input, (auction) => auctions.set(auction.id, { auction, highest: -1 }));
  forEachBid(input, (bid) => {
    const entry = auctions.get(bid.auction);
    if (entry === undefined || bid.dateTime < entry.auction.dateTime || bid.dateTime > entry.auction.expires) return;
    entry.highest = Math.max(entry.highest, bid.price);
  });

  const windows = new Map<number, Map<number, { count: number; sum: number }>>();
  for (const { auction, highest } of auctions.values()) {
    if (highest < 0) continue;
    const categories = entryOf(windows, endOf(auction.expires, TUMBLING_MS), () => new Map());
    const category = entryOf(categories, auction.category, () => ({ count: 0, sum: 0 }));
    category.count++;
    category.sum += highest;
  }
  for (const [windowEnd, categories] of windows) {
    for (const [category, { count, sum }] of categories) {
      emit({ windowEnd, category, count, average: Math.floor(sum / count) });
    }
  }
}

function hotAuctions(input: NaiveInput, emit: Emit<ResultOf["q5"]>): void {
  const slices = new Map<number, Map<number, number>>();
  forEachBid(input, ({ auction, dateTime }) => {
    const counts = entryOf(slices, endOf(dateTime, SLIDE_MS), () => new Map<number, number>());
    counts.set(auction, (counts.get(auction) ?? 0) + 1);
  });

  const windows = new Map<number, Map<number, number>>();
  for (const [sliceEnd, counts] of slices) {
    for (let n = 0; n < SLICES_PER_WINDOW; n++) {
      const window = entryOf(windows, sliceEnd + n * SLIDE_MS, () => new Map<number, number>());
      for (const [auction, count] of counts) window.set(auction, (window.get(auction) ?? 0) + count);
    }
  }
  for (const [windowEnd, counts] of windows) {
    const most = Math.max(...counts.values());
    for (const [auction, count] of counts) if (count === most) emit({ windowEnd, auction, count });
  }
}

function highestBids(input: NaiveInput, emit: Emit<ResultOf["q7"]>): void {
  const windows = new Map<number, HighestBid>();
  forEachBid(input, ({ auction, bidder, price, dateTime }) => {
    const windowEnd = endOf(dateTime, TUMBLING_MS);
    const bid = { windowEnd, auction, bidder, price, dateTime };
    const highest = windows.get(windowEnd);
    if (highest === undefined || beats(bid, highest)) windows.set(windowEnd, bid);
  });
  windows.forEach(emit);
}

function beats(bid: HighestBid, other: HighestBid): boolean {
  if (bid.price !== other.price) return bid.price > other.price;
  if (bid.dateTime !== other.dateTime) return bid.dateTime < other.dateTime;
  if (bid.auction !== other.auction) return bid.auction < other.auction;
  return bid.bidder < other.bidder;
}

function bidsPerBidder(input: NaiveInput, emit: Emit<ResultOf["q12"]>): void {
  const windows = new Map<number, Map<number, number>>();
  forEachBid(input, ({ bidder, dateTime }) => {
    const counts = entryOf(windows, endOf(dateTime, TUMBLING_MS), () => new Map<number, number>());
    counts.set(bidder, (counts.get(bidder) ?? 0) + 1);
  });
  for (const [windowEnd, counts] of windows) {
    for (const [bidder, count] of counts) emit({ bidder, count, windowStart: windowEnd - TUMBLING_MS, windowEnd });
  }
}

function runningCounts({ events, keys = 1000 }: NaiveInput, emit: Emit<ResultOf["wc"]>): void {
  const running = new Map<number, { count: number; sum: number }>();
  for (let i = 0; i < events; i++) {
    const { key, value } = keyValueAt(i, keys);
    const entry = entryOf(running, key, () => ({ count: 0, sum: 0 }));
    entry.count++;
    entry.sum += value;
    emit({ key, count: entry.count, sum: entry.sum });
  }
}

function forEachBid({ events, eps = DEFAULT_EPS }: NaiveInput, visit: (bid: Bid) => void): void {
  for (let i = 0; i < events; i++) if (isBidIndex(i)) visit(bidAt(i, eps));
}

function forEachAuction({ events, eps = DEFAULT_EPS }: NaiveInput, visit: (auction: Auction) => void): void {
  for (let i = 0; i < events; i++) if (isAuctionIndex(i)) visit(auctionAt(i, eps));
}

/** The end of the window of `sizeMs`, aligned to the epoch, that holds `timestampMs`. */
function endOf(timestampMs: number, sizeMs: number): number {
  return timestampMs - (timestampMs % sizeMs) + sizeMs;
}

function entryOf<K, V>(map: Map<K, V>, key: K, create: () => V): V {
  const found = map.get(key);
  if (found !== undefined) return found;
  const created = create();
  map.set(key, created);
  return created;
}
