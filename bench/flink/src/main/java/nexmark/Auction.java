package nexmark;

public class Auction {
  public int id;
  public String itemName;
  public String description;
  public int initialBid;
  public int reserve;
  public long dateTime;
  public long expires;
  public int seller;
  public int category;
  public String extra;
}
