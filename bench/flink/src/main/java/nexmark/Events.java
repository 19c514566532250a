package nexmark;

import static nexmark.Mixing.fmix32;
import static nexmark.Mixing.pick;

/** The auction house as pure functions of an event's index: of each 50 events one person, three auctions, 46 bids. */
final class Events {
  private static final long BASE_TIME_MS = 1_436_918_400_000L;
  private static final int EVENTS_PER_EPOCH = 50;
  private static final int FIRST_AUCTION = 1;
  private static final int FIRST_BID = 4;
  private static final int FIRST_ID = 1000;
  private static final int EVENTS_IN_AUCTION_LIFE = 1666;

  private static final int[] POWERS_OF_TEN = {1, 10, 100, 1000, 10_000, 100_000};
  private static final String[] HOT_CHANNELS = {"Google", "Facebook", "Baidu", "Apple"};
  private static final String[] HOT_URLS = new String[4];
  private static final String[] EXTRA = new String[64];
  private static final String[] COLD_CHANNELS = new String[10_000];
  private static final String[] COLD_URLS = new String[10_000];
  private static final String[] ITEM_NAMES = new String[1000];

  static {
    for (int k = 0; k < EXTRA.length; k++) {
      StringBuilder text = new StringBuilder(48);
      for (int c = 0; c < 48; c++) text.append((char) (97 + pick(fmix32(k * 64 + c), 26)));
      EXTRA[k] = text.toString();
    }
    for (int c = 0; c < HOT_URLS.length; c++) {
      HOT_URLS[c] = "https://www.nexmark.com/" + HOT_CHANNELS[c].toLowerCase() + "/item.htm?query=1";
    }
    for (int c = 0; c < COLD_CHANNELS.length; c++) {
      COLD_CHANNELS[c] = "channel-" + c;
      COLD_URLS[c] =
          "https://www.nexmark.com/" + EXTRA[c & 63].substring(0, 12) + "/item.htm?query=1&channel_id=" + c;
    }
    for (int n = 0; n < ITEM_NAMES.length; n++) ITEM_NAMES[n] = "item-" + n;
  }

  private Events() {}

  static long timestampAt(int i, int eps) {
    return BASE_TIME_MS + (i * 1000L) / eps;
  }

  static boolean isBidIndex(int i) {
    return i % EVENTS_PER_EPOCH >= FIRST_BID;
  }

  static boolean isAuctionIndex(int i) {
    int remainder = i % EVENTS_PER_EPOCH;
    return remainder >= FIRST_AUCTION && remainder < FIRST_BID;
  }

  /** Event {@code i} of the queries that read only bids. */
  static Bid bidOrUnreadAt(int i, int eps) {
    if (isBidIndex(i)) return bidAt(i, eps);
    Bid unread = new Bid();
    unread.dateTime = timestampAt(i, eps);
    return unread;
  }

  /** Event {@code i} of the query that reads bids and auctions. */
  static MarketEvent marketEventAt(int i, int eps) {
    MarketEvent event = new MarketEvent();
    event.dateTime = timestampAt(i, eps);
    if (isBidIndex(i)) event.bid = bidAt(i, eps);
    else if (isAuctionIndex(i)) event.auction = auctionAt(i, eps);
    return event;
  }

  static Bid bidAt(int i, int eps) {
    int base = baseOf(i);
    int epoch = i / EVENTS_PER_EPOCH;
    boolean isHotAuction = pick(random(base, 1), 2) > 0;
    boolean isHotBidder = pick(random(base, 3), 4) > 0;
    boolean isHotChannel = pick(random(base, 7), 2) > 0;
    int channelBits = random(base, 8);
    int channel = pick(channelBits, isHotChannel ? HOT_CHANNELS.length : COLD_CHANNELS.length);
    Bid bid = new Bid();
    bid.isBid = true;
    bid.auction = FIRST_ID + (isHotAuction ? hundreds(epoch * 3 + 2) : nextAuction(epoch * 3 + 2, random(base, 2)));
    bid.bidder = FIRST_ID + (isHotBidder ? hundreds(epoch) + 1 : nextPerson(epoch, random(base, 4)));
    bid.price = price(base, 5);
    bid.channel = isHotChannel ? HOT_CHANNELS[channel] : COLD_CHANNELS[channel];
    bid.url = isHotChannel ? HOT_URLS[channel] : COLD_URLS[channel];
    bid.dateTime = timestampAt(i, eps);
    bid.extra = EXTRA[pick(random(base, 9), EXTRA.length)];
    return bid;
  }

  static Auction auctionAt(int i, int eps) {
    int base = baseOf(i);
    int epoch = i / EVENTS_PER_EPOCH;
    Auction auction = new Auction();
    auction.id = FIRST_ID + epoch * 3 + (i - epoch * EVENTS_PER_EPOCH - FIRST_AUCTION);
    auction.itemName = ITEM_NAMES[pick(random(base, 1), ITEM_NAMES.length)];
    auction.description = EXTRA[pick(random(base, 2), EXTRA.length)];
    auction.initialBid = price(base, 3);
    auction.reserve = auction.initialBid + price(base, 5);
    auction.dateTime = timestampAt(i, eps);
    int lifeMaxMs = (int) Math.max(2 * (timestampAt(i + EVENTS_IN_AUCTION_LIFE, eps) - auction.dateTime), 1);
    auction.expires = auction.dateTime + 1 + pick(random(base, 7), lifeMaxMs);
    auction.seller =
        FIRST_ID + (pick(random(base, 8), 4) > 0 ? hundreds(epoch) : nextPerson(epoch, random(base, 9)));
    auction.category = 10 + pick(random(base, 10), 5);
    auction.extra = EXTRA[pick(random(base, 11), EXTRA.length)];
    return auction;
  }

  static int wordKeyAt(int i, int keys) {
    return pick(random(baseOf(i), 1), keys);
  }

  /** A function of the key, so that running sums do not depend on the order of arrival. */
  static int wordValueOf(int key) {
    return fmix32(key) & 0xff;
  }

  private static int baseOf(int i) {
    return fmix32(i + 0x9e3779b9);
  }

  private static int random(int base, int salt) {
    return fmix32(base + salt * 0x9e3779b1);
  }

  private static int price(int base, int salt) {
    return (1000 + pick(random(base, salt), 9000)) * POWERS_OF_TEN[pick(random(base, salt + 1), 6)] / 10;
  }

  private static int nextPerson(int last, int bits) {
    int count = last + 1;
    int active = Math.min(count, 1000);
    return count - active + pick(bits, active + 10);
  }

  private static int nextAuction(int last, int bits) {
    int lowest = Math.max(last - 100, 0);
    return lowest + pick(bits, last - lowest + 11);
  }

  private static int hundreds(int n) {
    return n - n % 100;
  }
}
