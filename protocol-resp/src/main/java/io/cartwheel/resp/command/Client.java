package io.cartwheel.resp.command;

/**
 * What commands may know and change of the connection they came by. On its loop only, but for
 * {@link #id}.
 */
public interface Client {
  long id();

  /** 2 or 3. */
  int protocolVersion();

  void protocolVersion(int version);

  boolean isAuthenticated();

  void authenticated(boolean yes);

  /** Whether MULTI was sent, and neither EXEC, DISCARD nor RESET since. */
  boolean inTransaction();

  void inTransaction(boolean yes);

  /** Empty for none. */
  String name();

  void name(String name);

  /** One of CLIENT SETINFO's attributes, {@code lib-name} or {@code lib-ver}. */
  void libraryInfo(String attribute, String value);

  /** CLIENT REPLY. */
  void replyMode(ReplyMode mode);

  /** CLIENT NO-TOUCH: kept and shown. */
  void noTouch(boolean on);

  /** CLIENT NO-EVICT: kept and shown. */
  void noEvict(boolean on);

  /** Closes the connection once all replies so far have left; no later command is read. */
  void closeAfterReplies();

  /** CLIENT INFO's line of this connection. */
  String infoLine();

  /** Which replies are sent. */
  enum ReplyMode {
    /** All. */
    ON,
    /** None. */
    OFF,
    /** All but that of the next command. */
    SKIP
  }
}
