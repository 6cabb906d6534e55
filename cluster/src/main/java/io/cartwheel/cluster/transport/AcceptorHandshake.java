package io.cartwheel.cluster.transport;

import io.cartwheel.cluster.transport.Handshake.Hello;
import io.cartwheel.cluster.transport.Handshake.Role;
import io.cartwheel.cluster.version.ByteReader;
import io.cartwheel.cluster.version.ByteWriter;
import io.cartwheel.cluster.version.HybridClock;
import io.cartwheel.cluster.version.MalformedException;

/** The acceptor's part of {@link Handshake}, on one connection. */
final class AcceptorHandshake implements PeerChannel.Conversation {

  /** What an acceptor's node makes of it; called on the channel's loop. */
  interface Host {
    /** The loop on which a lane lives. */
    NettyEventLoop homeOf(Hello hello);

    /** The peer has proved who it is. Its channel is from now on the host's. */
    void onProved(Hello hello, AcceptorHandshake handshake);

    /** A peer was refused, or refused us; a line for the log. */
    void onRefused(String line);

    /** The handshake is over, however it went; called once. */
    void onEnded();
  }

  private enum State {
    /** Waits for the dialer to tell who it is. */
    AWAITS_HELLO,
    /** Waits for the dialer to prove it. */
    AWAITS_PROOF,
    /** Takes no more frames. */
    DONE
  }

  private final PeerChannel channel;
  private final Handshake handshake;
  private final HybridClock clock;
  private final Host host;
  private State state = State.AWAITS_HELLO;
  private boolean ended;
  private byte[] helloBytes;
  private byte[] welcomeBytes;
  private Hello hello;

  AcceptorHandshake(PeerChannel channel, Handshake handshake, HybridClock clock, Host host) {
    this.channel = channel;
    this.handshake = handshake;
    this.clock = clock;
    this.host = host;
  }

  PeerChannel channel() {
    return channel;
  }

  @Override
  public void onFrame(int type, long hybridTime, byte[] body) {
    try {
      if (type == Frames.HELLO && state == State.AWAITS_HELLO) {
        onHello(hybridTime, body);
      } else if (type == Frames.PROOF && state == State.AWAITS_PROOF) {
        onProof(hybridTime, body);
      } else if (type == Frames.REFUSED && state == State.AWAITS_PROOF) {
        state = State.DONE;
        host.onRefused("peer " + peer() + " refuses this node: " + PeerChannel.reasonOf(body));
        channel.close();
      } else {
        onGarbage("a frame of type " + type);
        channel.close();
      }
    } catch (MalformedException e) {
      onGarbage(e.getMessage());
      channel.close();
    }
  }

  private void onHello(long hybridTime, byte[] body) {
    String unreadable = handshake.unreadable(body);
    if (unreadable != null) {
      refuse(unreadable);
      return;
    }
    hello = handshake.readHello(body);
    String reason = handshake.refusal(hello.card(), hybridTime);
    if (reason != null) {
      refuse(reason);
      return;
    }
    helloBytes = body;
    welcomeBytes = handshake.welcome();
    state = State.AWAITS_PROOF;
    channel.moveTo(host.homeOf(hello), this::welcome);
  }

  private void welcome() {
    byte[] mac = handshake.mac(Role.ACCEPTOR, helloBytes, welcomeBytes);
    channel.send(
        Frames.WELCOME,
        clock.now(),
        new ByteWriter().writeBytes(welcomeBytes).writeRaw(mac).toByteArray());
  }

  private void onProof(long hybridTime, byte[] body) {
    byte[] mac = Handshake.readMac(new ByteReader(body));
    if (!handshake.isGenuine(mac, Role.DIALER, helloBytes, welcomeBytes)) {
      refuse("cluster.secret of " + peer() + " is another than that of " + ownName());
      return;
    }
    if (!clock.observe(hybridTime)) {
      refuse(handshake.clockReason(hello.card().member().name().value()));
      return;
    }
    state = State.DONE;
    host.onProved(hello, this);
  }

  /** Refuses the peer, and tells both sides' logs why; on the channel's loop. */
  void refuse(String reason) {
    state = State.DONE;
    host.onRefused("refused peer " + peer() + ": " + reason);
    channel.refuse(clock.now(), reason);
  }

  /** The handshake has led to what it should; on the channel's loop. */
  void end() {
    if (!ended) {
      ended = true;
      host.onEnded();
    }
  }

  private String ownName() {
    return handshake.own().member().name().value();
  }

  private String peer() {
    String address = Addresses.hostOf(channel.channel().remoteAddress());
    return hello == null ? address : hello.card().member().name() + " (" + address + ")";
  }

  @Override
  public void onGarbage(String what) {
    state = State.DONE;
    host.onRefused("refused peer " + peer() + ": it sent " + what);
  }

  @Override
  public void onClosed() {
    end();
  }
}
