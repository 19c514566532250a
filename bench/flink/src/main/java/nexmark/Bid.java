package nexmark;

/** A bid, as a POJO with public fields: Flink's fastest serializer for a record with names. */
public class Bid {
  /** False for an event that the query does not read: only its time counts. */
  public boolean isBid;
  public int auction;
  public int bidder;
  public int price;
  public String channel;
  public String url;
  public long dateTime;
  public String extra;
}
