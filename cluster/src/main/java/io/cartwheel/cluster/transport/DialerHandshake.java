package io.cartwheel.cluster.transport;

import io.cartwheel.cluster.transport.Handshake.Card;
import io.cartwheel.cluster.transport.Handshake.Role;
import io.cartwheel.cluster.version.ByteReader;
import io.cartwheel.cluster.version.HybridClock;
import io.cartwheel.cluster.version.MalformedException;

/** The dialer's part of {@link Handshake}, on one connection. */
final class DialerHandshake implements PeerChannel.Conversation {

  /** Who has dialled; called on the channel's loop. One of the last three is called, once. */
  interface Caller {
    /**
     * Somebody who knows the cluster's secret has answered.
     *
     * @return whether to go on; otherwise the caller hangs up, or refuses
     */
    boolean onAnswered(Card card, DialerHandshake handshake);

    /** The peer has taken the connection, which is from now on the caller's. */
    void onAccepted(PeerChannel channel);

    /** The peer has understood who we are, and will dial. */
    void onIntroduced();

    /**
     * It came to nothing.
     *
     * @param refusal a line for the log where one side has refused the other, else null
     */
    void onFailed(String refusal);
  }

  private enum State {
    /** Waits for the acceptor to tell and prove who it is. */
    AWAITS_WELCOME,
    /** Waits for the acceptor to take the connection. */
    AWAITS_VERDICT,
    /** Takes no more frames. */
    DONE
  }

  private final PeerChannel channel;
  private final Handshake handshake;
  private final HybridClock clock;
  private final String address;
  private final Caller caller;
  private State state = State.AWAITS_WELCOME;
  private byte[] helloBytes;
  private Card card;

  /**
   * @param address that was dialled, for the log
   */
  DialerHandshake(
      PeerChannel channel, Handshake handshake, HybridClock clock, String address, Caller caller) {
    this.channel = channel;
    this.handshake = handshake;
    this.clock = clock;
    this.address = address;
    this.caller = caller;
  }

  /** Says hello on a connection that stands. */
  void begin(long link, int lane, int lanes) {
    helloBytes = handshake.hello(link, lane, lanes);
    channel.send(Frames.HELLO, clock.now(), helloBytes);
  }

  @Override
  public void onFrame(int type, long hybridTime, byte[] body) {
    if (state == State.DONE) {
      return;
    }
    try {
      if (type == Frames.WELCOME && state == State.AWAITS_WELCOME) {
        onWelcome(hybridTime, body);
      } else if (type == Frames.ACCEPTED && state == State.AWAITS_VERDICT) {
        state = State.DONE;
        caller.onAccepted(channel);
      } else if (type == Frames.INTRODUCED && state == State.AWAITS_VERDICT) {
        state = State.DONE;
        channel.close();
        caller.onIntroduced();
      } else if (type == Frames.REFUSED) {
        fail("peer " + peer() + " refuses this node: " + PeerChannel.reasonOf(body));
      } else {
        onGarbage("a frame of type " + type);
      }
    } catch (MalformedException e) {
      onGarbage(e.getMessage());
    }
  }

  private void onWelcome(long hybridTime, byte[] body) {
    ByteReader in = new ByteReader(body);
    byte[] welcomeBytes = in.readBytes();
    byte[] mac = Handshake.readMac(in);
    Card answer = handshake.readWelcome(welcomeBytes).card();
    card = answer;
    String reason = handshake.refusal(answer, hybridTime);
    if (reason == null && !handshake.isGenuine(mac, Role.ACCEPTOR, helloBytes, welcomeBytes)) {
      reason =
          "cluster.secret of "
              + answer.member().name()
              + " is another than that of "
              + handshake.own().member().name();
    }
    if (reason == null && !clock.observe(hybridTime)) {
      reason = handshake.clockReason(answer.member().name().value());
    }
    if (reason != null) {
      refuse(reason);
      return;
    }
    state = State.AWAITS_VERDICT;
    if (caller.onAnswered(answer, this)) {
      channel.send(Frames.PROOF, clock.now(), handshake.mac(Role.DIALER, helloBytes, welcomeBytes));
    }
  }

  /** Refuses the peer, and tells both sides' logs why. */
  void refuse(String reason) {
    channel.refuse(clock.now(), reason);
    state = State.DONE;
    caller.onFailed("refused peer " + peer() + ": " + reason);
  }

  /** Closes without a word. */
  void hangUp() {
    fail(null);
  }

  private void fail(String refusal) {
    if (state != State.DONE) {
      state = State.DONE;
      channel.close();
      caller.onFailed(refusal);
    }
  }

  private String peer() {
    return card == null ? address : card.member().name() + " (" + address + ")";
  }

  @Override
  public void onGarbage(String what) {
    fail("refused peer " + peer() + ": it sent " + what);
  }

  @Override
  public void onClosed() {
    fail(null);
  }
}
