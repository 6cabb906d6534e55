package io.cartwheel.resp.server;

import io.cartwheel.resp.command.Client;

/**
 * What a connection has said about itself. Changed on its loop; {@link #infoLine} may be called
 * from any thread and then shows each field as of some moment.
 */
final class ClientState implements Client {
  private static final long MILLIS_PER_SECOND = 1000;

  private final Session session;
  private final long id;
  final String address;
  final String localAddress;
  private final long createdMillis;
  volatile long lastCommandMillis;
  private volatile int protocolVersion = 2;
  private volatile boolean authenticated;
  private volatile boolean inTransaction;
  private volatile String name = "";
  private volatile String libraryName = "";
  private volatile String libraryVersion = "";
  private volatile String lastCommand = "NULL";
  private volatile boolean noTouch;
  private volatile boolean noEvict;

  ClientState(Session session, long id, String address, String localAddress, long nowMillis) {
    this.session = session;
    this.id = id;
    this.address = address;
    this.localAddress = localAddress;
    this.createdMillis = nowMillis;
    this.lastCommandMillis = nowMillis;
  }

  @Override
  public long id() {
    return id;
  }

  @Override
  public int protocolVersion() {
    return protocolVersion;
  }

  @Override
  public void protocolVersion(int version) {
    protocolVersion = version;
  }

  @Override
  public boolean isAuthenticated() {
    return authenticated || !session.services().config().passwordRequired();
  }

  @Override
  public void authenticated(boolean yes) {
    authenticated = yes;
  }

  @Override
  public boolean inTransaction() {
    return inTransaction;
  }

  @Override
  public void inTransaction(boolean yes) {
    inTransaction = yes;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void name(String value) {
    name = value;
  }

  @Override
  public void libraryInfo(String attribute, String value) {
    switch (attribute) {
      case "lib-name" -> libraryName = value;
      case "lib-ver" -> libraryVersion = value;
      default -> throw new IllegalArgumentException(attribute);
    }
  }

  @Override
  public void replyMode(ReplyMode mode) {
    session.onReplyMode(mode);
  }

  @Override
  public void noTouch(boolean on) {
    noTouch = on;
  }

  @Override
  public void noEvict(boolean on) {
    noEvict = on;
  }

  @Override
  public void closeAfterReplies() {
    session.closeAfterReplies();
  }

  void onCommand(String fullName, long nowMillis) {
    lastCommand = fullName;
    lastCommandMillis = nowMillis;
  }

  long ageSeconds(long nowMillis) {
    return Math.max(0, nowMillis - createdMillis) / MILLIS_PER_SECOND;
  }

  private String flags() {
    String flags = (inTransaction ? "x" : "") + (noEvict ? "e" : "") + (noTouch ? "T" : "");
    return flags.isEmpty() ? "N" : flags;
  }

  @Override
  public String infoLine() {
    long nowMillis = session.nowMillis();
    long idleSeconds = Math.max(0, nowMillis - lastCommandMillis) / MILLIS_PER_SECOND;
    ClientMemory memory = session.memory();
    return "id="
        + id
        + " addr="
        + address
        + " laddr="
        + localAddress
        + " fd="
        + id
        + " name="
        + name
        + " age="
        + ageSeconds(nowMillis)
        + " idle="
        + idleSeconds
        + " flags="
        + flags()
        + " db=0 sub=0 psub=0 ssub=0 multi="
        + (inTransaction ? 0 : -1)
        + " qbuf="
        + memory.query()
        + " qbuf-free="
        + memory.queryFree()
        + " argv-mem="
        + memory.words()
        + " multi-mem=0 rbs=0 rbp=0 obl="
        + memory.output()
        + " oll=0 omem="
        + (memory.output() + memory.waitingReplies())
        + " tot-mem="
        + memory.total()
        + " events=r cmd="
        + lastCommand
        + " user=default redir=-1 resp="
        + protocolVersion
        + " lib-name="
        + libraryName
        + " lib-ver="
        + libraryVersion;
  }
}
