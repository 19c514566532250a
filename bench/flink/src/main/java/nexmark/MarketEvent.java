package nexmark;

/** Either a bid, or an auction, or neither: then only the time counts. */
public class MarketEvent {
  public Bid bid;
  public Auction auction;
  public long dateTime;
}
