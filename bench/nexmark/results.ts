/** What each query gives, and how a result is hashed: its fields in the order of the interface. */
import { EMPTY_HASH, hashNumber, type StringHash } from "./checksum.ts";

export const QUERY_NAMES = ["q0", "q1", "q2", "q4", "q5", "q7", "q12", "wc"] as const;
export type QueryName = (typeof QUERY_NAMES)[number];

/** q0, q1: the bid. */
export interface BidResult {
  readonly auction: number;
  readonly bidder: number;
  readonly price: number;
  readonly dateTime: number;
  readonly channel: string;
  readonly url: string;
  readonly extra: string;
}

/** q2: the price of a bid on one auction of 123. */
export interface AuctionPrice {
  readonly auction: number;
  readonly price: number;
}

/** q4: the average of the winning prices of a category. */
export interface CategoryAverage {
  readonly windowEnd: number;
  readonly category: number;
  readonly count: number;
  readonly average: number;
}

/** q5: an auction with the most bids. */
export interface HotAuction {
  readonly windowEnd: number;
  readonly auction: number;
  readonly count: number;
}

/** q7: the highest bid. */
export interface HighestBid {
  readonly windowEnd: number;
  readonly auction: number;
  readonly bidder: number;
  readonly price: number;
  readonly dateTime: number;
}

/** q12: how often a bidder has bid. */
export interface BidderCount {
  readonly bidder: number;
  readonly count: number;
  readonly windowStart: number;
  readonly windowEnd: number;
}

/** wc: how often a key has come, and its values' sum. */
export interface RunningCount {
  readonly key: number;
  readonly count: number;
  readonly sum: number;
}

export interface ResultOf {
  readonly q0: BidResult;
  readonly q1: BidResult;
  readonly q2: AuctionPrice;
  readonly q4: CategoryAverage;
  readonly q5: HotAuction;
  readonly q7: HighestBid;
  readonly q12: BidderCount;
  readonly wc: RunningCount;
}

/** Hashes a result record; `hashString` decides how much of its strings counts. */
export type ResultHash<R> = (result: R, hashString: StringHash) => number;

export const RESULT_HASH: { readonly [Query in QueryName]: ResultHash<ResultOf[Query]> } = {
  q0: hashBid,
  q1: hashBid,
  q2: (r) => hashNumber(hashNumber(EMPTY_HASH, r.auction), r.price),
  q4: (r) => hashNumber(hashNumber(hashNumber(hashNumber(EMPTY_HASH, r.windowEnd), r.category), r.count), r.average),
  q5: (r) => hashNumber(hashNumber(hashNumber(EMPTY_HASH, r.windowEnd), r.auction), r.count),
  q7: (r) =>
    hashNumber(
      hashNumber(hashNumber(hashNumber(hashNumber(EMPTY_HASH, r.windowEnd), r.auction), r.bidder), r.price),
      r.dateTime,
    ),
  q12: (r) => hashNumber(hashNumber(hashNumber(hashNumber(EMPTY_HASH, r.bidder), r.count), r.windowStart), r.windowEnd),
  wc: (r) => hashNumber(hashNumber(hashNumber(EMPTY_HASH, r.key), r.count), r.sum),
};

export function hashBid(bid: BidResult, hashString: StringHash): number {
  let hash = hashNumber(EMPTY_HASH, bid.auction);
  hash = hashNumber(hash, bid.bidder);
  hash = hashNumber(hash, bid.price);
  hash = hashNumber(hash, bid.dateTime);
  hash = hashString(hash, bid.channel);
  hash = hashString(hash, bid.url);
  return hashString(hash, bid.extra);
}
