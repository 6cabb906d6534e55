package io.cartwheel.resp.server;

import io.cartwheel.resp.command.Call;
import io.cartwheel.resp.command.Client;
import io.cartwheel.resp.command.CommandSpec;
import io.cartwheel.resp.command.CommandSpec.Order;
import io.cartwheel.resp.command.Services;
import io.cartwheel.resp.command.quorum.Writes;
import io.cartwheel.resp.protocol.Reply;
import java.util.List;

/** One command of a session, from its last byte to its reply. */
final class PendingCall extends CommandOrder.Ticket implements Call {
  /** Where a command is on its way. */
  enum State {
    /** It is among the commands that wait for their turn. */
    WAITING,
    /** Its handler has been called. */
    BEGUN,
    /** Its reply is known, and waits for those before it. */
    ANSWERED,
    /**
     * Its handler threw, and an error was put in its place: a reply that comes still is dropped.
     */
    FAILED
  }

  private final Session session;
  private final CommandSpec spec;
  private final byte[][] argv;
  final long bytes;

  /** As how many it counts among what is under way: so many of its keys at once, at the most. */
  final int weight;

  State state = State.WAITING;
  long begunNanos;

  /** The version that its reply is written in. */
  int protocolVersion;

  /** Whether CLIENT REPLY suppresses its reply. */
  boolean silent;

  /** Whether it was logged that its answer does not come. */
  boolean slowReported;

  Reply reply;
  long replyBytes;

  /**
   * @param spec null for what is no command, and is answered with an error
   */
  PendingCall(Session session, CommandSpec spec, byte[][] argv, long bytes) {
    super(
        spec == null ? Order.READING : spec.order(),
        spec != null && spec.has("write"),
        keys(spec, argv));
    this.session = session;
    this.spec = spec;
    this.argv = argv;
    this.bytes = bytes;
    this.weight = Math.max(1, Math.min(keyCount(), Writes.AT_ONCE));
  }

  /** Whether it is more than a look at this connection or this node. */
  boolean travels() {
    return spec != null && (spec.order() == Order.KEYS || spec.order() == Order.ALL);
  }

  /** Whether how long it takes says how busy the cluster is: it is known how many steps it has. */
  boolean isMeasure() {
    return spec.order() == Order.KEYS && keyCount() > 0;
  }

  /** How many times it works on as many keys as it does at once. */
  int steps() {
    return Math.max(1, (keyCount() + Writes.AT_ONCE - 1) / Writes.AT_ONCE);
  }

  private static List<byte[]> keys(CommandSpec spec, byte[][] argv) {
    boolean ordered = spec != null && spec.order() == Order.KEYS;
    return ordered && spec.fits(argv.length) ? spec.keysOf(argv) : List.of();
  }

  @Override
  public byte[][] argv() {
    return argv;
  }

  @Override
  public Client client() {
    return session.client();
  }

  @Override
  public Services services() {
    return session.services();
  }

  @Override
  public CommandSpec spec() {
    return spec;
  }

  @Override
  public void reply(Reply answer) {
    if (session.loop().inLoop()) {
      session.onReply(this, answer);
    } else {
      session.loop().execute(() -> session.onReply(this, answer));
    }
  }
}
