package io.cartwheel.cluster.transport;

import io.cartwheel.cluster.environment.Clock;
import io.cartwheel.cluster.message.Message;
import io.cartwheel.cluster.ring.Member;
import io.cartwheel.cluster.ring.NodeName;

/**
 * All connections to one run of one peer. It is of use only while all of its lanes stand, so that a
 * peer is either there or not. The table of links changes it, on the control loop; the rest may be
 * read from any thread.
 */
final class Link implements Lane.Owner {
  enum State {
    /** Lanes are missing; nothing flows. */
    FORMING,
    /** All lanes stand, and messages flow. */
    UP,
    /**
     * It has ended, and another link may take its place; but what had come before by its other
     * lanes is still taken. A peer that dies has sent the merges of writes that it has stored: were
     * they dropped here, it would come back with values that nobody has seen.
     */
    DRAINING,
    /** It has ended, and nothing is taken any more. */
    CLOSED
  }

  private final Member member;
  private final long process;
  private final long number;
  private final Lane[] lanes;
  private final LinkTable table;
  private final Clock clock;
  private final ReceivedRoom.Share share = new ReceivedRoom.Share();
  private int standing;
  private volatile State state = State.FORMING;
  private volatile long heardNanos;

  /**
   * @param process random bits of the peer's run
   * @param number of the attempt, as the dialer counts
   * @param lanes one more than the dialer has shards
   */
  Link(Member member, long process, long number, int lanes, LinkTable table, Clock clock) {
    this.member = member;
    this.process = process;
    this.number = number;
    this.lanes = new Lane[lanes];
    this.table = table;
    this.clock = clock;
    this.heardNanos = clock.monotonicNanos();
  }

  Member member() {
    return member;
  }

  NodeName name() {
    return member.name();
  }

  long process() {
    return process;
  }

  long number() {
    return number;
  }

  int laneCount() {
    return lanes.length;
  }

  State state() {
    return state;
  }

  boolean isUp() {
    return state == State.UP;
  }

  boolean hasEnded() {
    return state == State.DRAINING || state == State.CLOSED;
  }

  /** Whether a message that has come by one of its lanes is to be taken; from any thread. */
  boolean takes(Message message) {
    return isUp() || (state == State.DRAINING && message instanceof Message.Merge);
  }

  long silentNanos() {
    return Math.max(0, clock.monotonicNanos() - heardNanos);
  }

  /**
   * The lane by which a shard sends; only where the link is up. Lane 0 is the control loops'. Where
   * the peer has fewer loops than this node and dialled, several shards share a lane.
   */
  Lane laneOf(int shard) {
    int shardLanes = lanes.length - 1;
    return lanes[shard == Transport.CONTROL || shardLanes == 0 ? 0 : 1 + shard % shardLanes];
  }

  /** Takes a lane in; on the control loop. Returns whether none is missing now. */
  boolean attach(int index, Lane lane) {
    if (lanes[index] != null) {
      throw new IllegalStateException("lane " + index + " of " + name() + " stands already");
    }
    lanes[index] = lane;
    standing++;
    return standing == lanes.length;
  }

  boolean hasLane(int index) {
    return lanes[index] != null;
  }

  /** All lanes stand; on the control loop. */
  void up() {
    state = State.UP;
  }

  /** Messages flow; on the control loop. */
  void open() {
    for (Lane lane : lanes) {
      lane.loop().execute(lane::open);
    }
  }

  /** Ends the link; what its lanes have received is still taken. On the control loop. */
  void drain() {
    state = isUp() ? State.DRAINING : State.CLOSED;
    for (Lane lane : lanes) {
      if (lane != null) {
        lane.drain();
      }
    }
  }

  /**
   * Ends the link and its lanes, once what the sockets take now has been written; on the control
   * loop.
   */
  void close() {
    state = State.CLOSED;
    for (Lane lane : lanes) {
      if (lane != null) {
        lane.closeGracefully();
      }
    }
  }

  @Override
  public void onMessage(Lane.Arrival arrival) {
    table.deliver(this, arrival);
  }

  @Override
  public ReceivedRoom.Share share() {
    return share;
  }

  @Override
  public void onHeard() {
    heardNanos = clock.monotonicNanos();
  }

  @Override
  public void onLaneLost(String reason) {
    table.lost(this, reason);
  }
}
