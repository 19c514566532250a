/**
 * The Nexmark auction house as pure functions of an event's index: of each 50 events one person, three auctions, 46 bids. Integer
 * arithmetic only, so that any engine in any language makes the same events.
 *
 *     index      0  1  2  3  4 ................ 49  50  51 ...
 *     event      P  A  A  A  B ................ B   P   A
 */
import { fmix32, pick } from "./mixing.ts";

export interface Person {
  readonly kind: "person";
  readonly id: number;
  readonly name: string;
  readonly email: string;
  readonly creditCard: string;
  readonly city: string;
  readonly state: string;
  readonly dateTime: number;
  readonly extra: string;
}

export interface Auction {
  readonly kind: "auction";
  readonly id: number;
  readonly itemName: string;
  readonly description: string;
  readonly initialBid: number;
  readonly reserve: number;
  readonly dateTime: number;
  readonly expires: number;
  readonly seller: number;
  readonly category: number;
  readonly extra: string;
}

export interface Bid {
  readonly kind: "bid";
  readonly auction: number;
  readonly bidder: number;
  readonly price: number;
  readonly channel: string;
  readonly url: string;
  readonly dateTime: number;
  readonly extra: string;
}

export type NexmarkEvent = Person | Auction | Bid;

/** A word of the word count: `value` is a function of `key`, so that running sums do not depend on the order of arrival. */
export interface KeyValue {
  readonly key: number;
  readonly value: number;
}

/** Events per second of event time where nothing else is said. */
export const DEFAULT_EPS = 10_000;
const BASE_TIME_MS = 1_436_918_400_000;
const EVENTS_PER_EPOCH = 50;
const FIRST_AUCTION = 1;
const FIRST_BID = 4;
const FIRST_ID = 1000;
/** How many events an auction's life is drawn from: twice the time that this many events take. */
const EVENTS_IN_AUCTION_LIFE = 1666;

/** Event time of event `i` in milliseconds. */
export function timestampAt(i: number, eps: number = DEFAULT_EPS): number {
  return BASE_TIME_MS + Math.floor((i * 1000) / eps);
}

export function isBidIndex(i: number): boolean {
  return i % EVENTS_PER_EPOCH >= FIRST_BID;
}

export function isAuctionIndex(i: number): boolean {
  const remainder = i % EVENTS_PER_EPOCH;
  return remainder >= FIRST_AUCTION && remainder < FIRST_BID;
}

export function eventAt(i: number, eps: number = DEFAULT_EPS): NexmarkEvent {
  const remainder = i % EVENTS_PER_EPOCH;
  if (remainder >= FIRST_BID) return bidAt(i, eps);
  return remainder >= FIRST_AUCTION ? auctionAt(i, eps) : personAt(i, eps);
}

export function bidAt(i: number, eps: number = DEFAULT_EPS): Bid {
  const base = baseOf(i);
  const epoch = epochOf(i);
  const isHotAuction = pick(random(base, 1), 2) > 0;
  const isHotBidder = pick(random(base, 3), 4) > 0;
  const isHotChannel = pick(random(base, 7), 2) > 0;
  const channelBits = random(base, 8);
  const channel = isHotChannel ? pick(channelBits, HOT_CHANNEL_COUNT) : pick(channelBits, COLD_CHANNEL_COUNT);
  return {
    kind: "bid",
    auction: FIRST_ID + (isHotAuction ? hundreds(epoch * 3 + 2) : nextAuction(epoch * 3 + 2, random(base, 2))),
    bidder: FIRST_ID + (isHotBidder ? hundreds(epoch) + 1 : nextPerson(epoch, random(base, 4))),
    price: price(base, 5),
    channel: isHotChannel ? HOT_CHANNELS[channel]! : COLD_CHANNELS[channel]!,
    url: isHotChannel ? HOT_URLS[channel]! : COLD_URLS[channel]!,
    dateTime: timestampAt(i, eps),
    extra: EXTRA[pick(random(base, 9), EXTRA_COUNT)]!,
  };
}

export function auctionAt(i: number, eps: number = DEFAULT_EPS): Auction {
  const base = baseOf(i);
  const epoch = epochOf(i);
  const dateTime = timestampAt(i, eps);
  const initialBid = price(base, 3);
  const lifeMaxMs = Math.max(2 * (timestampAt(i + EVENTS_IN_AUCTION_LIFE, eps) - dateTime), 1);
  return {
    kind: "auction",
    id: FIRST_ID + epoch * 3 + (i - epoch * EVENTS_PER_EPOCH - FIRST_AUCTION),
    itemName: ITEM_NAMES[pick(random(base, 1), ITEM_COUNT)]!,
    description: EXTRA[pick(random(base, 2), EXTRA_COUNT)]!,
    initialBid,
    reserve: initialBid + price(base, 5),
    dateTime,
    expires: dateTime + 1 + pick(random(base, 7), lifeMaxMs),
    seller: FIRST_ID + (pick(random(base, 8), 4) > 0 ? hundreds(epoch) : nextPerson(epoch, random(base, 9))),
    category: 10 + pick(random(base, 10), 5),
    extra: EXTRA[pick(random(base, 11), EXTRA_COUNT)]!,
  };
}

export function personAt(i: number, eps: number = DEFAULT_EPS): Person {
  const base = baseOf(i);
  const id = FIRST_ID + epochOf(i);
  const first = FIRST_NAMES[pick(random(base, 1), FIRST_NAMES.length)]!;
  const last = LAST_NAMES[pick(random(base, 2), LAST_NAMES.length)]!;
  return {
    kind: "person",
    id,
    name: `${first} ${last}`,
    email: `${first}.${last}${id}@example.com`,
    creditCard: `${fourDigits(base, 3)} ${fourDigits(base, 4)} ${fourDigits(base, 5)} ${fourDigits(base, 6)}`,
    city: CITIES[pick(random(base, 7), CITIES.length)]!,
    state: STATES[pick(random(base, 8), STATES.length)]!,
    dateTime: timestampAt(i, eps),
    extra: EXTRA[pick(random(base, 9), EXTRA_COUNT)]!,
  };
}

/** Event `i` of the word count over `keys` keys. */
export function keyValueAt(i: number, keys: number): KeyValue {
  const key = pick(random(baseOf(i), 1), keys);
  return { key, value: fmix32(key) & 0xff };
}

function baseOf(i: number): number {
  return fmix32((i + 0x9e3779b9) | 0);
}

/** 32 random bits for one field of an event: `salt` tells its fields apart. */
function random(base: number, salt: number): number {
  return fmix32((base + Math.imul(salt, 0x9e3779b1)) | 0);
}

/** The number of the latest person, and of the 50 events around it. */
function epochOf(i: number): number {
  return (i / EVENTS_PER_EPOCH) | 0;
}

function price(base: number, salt: number): number {
  const digits = 1000 + pick(random(base, salt), 9000);
  return (Math.imul(digits, POWERS_OF_TEN[pick(random(base, salt + 1), 6)]!) / 10) | 0;
}

function fourDigits(base: number, salt: number): string {
  return FOUR_DIGITS[pick(random(base, salt), 10_000)]!;
}

/** One of the latest 1000 persons, or one of the ten that come next. */
function nextPerson(last: number, bits: number): number {
  const count = last + 1;
  const active = Math.min(count, 1000);
  return count - active + pick(bits, active + 10);
}

/** One of the latest 100 auctions, or one of the ten that come next. */
function nextAuction(last: number, bits: number): number {
  const lowest = Math.max(last - 100, 0);
  return lowest + pick(bits, last - lowest + 11);
}

function hundreds(n: number): number {
  return n - (n % 100);
}

const FIRST_NAMES: readonly string[] = "Peter Paul Luke John Saul Vicky Kate Julie Sarah Deiter Walter".split(" ");
const LAST_NAMES: readonly string[] = "Shultz Abrams Spencer White Bartels Walton Smith Jones Noris".split(" ");
const CITIES: readonly string[] =
  "Phoenix|Los Angeles|San Francisco|Boise|Portland|Bend|Redmond|Seattle|Kent|Cheyenne".split("|");
const STATES: readonly string[] = "AZ CA ID OR WA WY".split(" ");
const HOT_CHANNELS: readonly string[] = "Google Facebook Baidu Apple".split(" ").map(flat);
const HOT_CHANNEL_COUNT = 4;
const POWERS_OF_TEN: readonly number[] = [1, 10, 100, 1000, 10_000, 100_000];

const EXTRA_COUNT = 64;
const EXTRA_LENGTH = 48;
const COLD_CHANNEL_COUNT = 10_000;
const ITEM_COUNT = 1000;

const EXTRA: readonly string[] = Array.from({ length: EXTRA_COUNT }, (_, k) =>
  String.fromCharCode(...Array.from({ length: EXTRA_LENGTH }, (_, c) => 97 + pick(fmix32(k * EXTRA_COUNT + c), 26))),
);
const ITEM_NAMES: readonly string[] = Array.from({ length: ITEM_COUNT }, (_, n) => flat(`item-${n}`));
const FOUR_DIGITS: readonly string[] = Array.from({ length: 10_000 }, (_, n) => String(n).padStart(4, "0"));
const HOT_URLS: readonly string[] = HOT_CHANNELS.map((channel) =>
  flat(`https://www.nexmark.com/${channel.toLowerCase()}/item.htm?query=1`),
);
const COLD_CHANNELS: readonly string[] = Array.from({ length: COLD_CHANNEL_COUNT }, (_, c) => flat(`channel-${c}`));
const COLD_URLS: readonly string[] = Array.from({ length: COLD_CHANNEL_COUNT }, (_, c) =>
  flat(`https://www.nexmark.com/${EXTRA[c % EXTRA_COUNT]!.slice(0, 12)}/item.htm?query=1&channel_id=${c}`),
);

/** The same text as one piece of memory instead of a rope: later reads need no flattening. */
function flat(text: string): string {
  return Buffer.from(text, "latin1").toString("latin1");
}
