package io.cartwheel.cluster.transport;

import io.cartwheel.cluster.environment.Clock;
import io.cartwheel.cluster.message.MessageCodec;
import io.cartwheel.cluster.message.RingCodec;
import io.cartwheel.cluster.ring.Member;
import io.cartwheel.cluster.ring.Position;
import io.cartwheel.cluster.transport.ClusterFacts.Setting;
import io.cartwheel.cluster.version.ByteReader;
import io.cartwheel.cluster.version.ByteWriter;
import io.cartwheel.cluster.version.HybridClock;
import io.cartwheel.cluster.version.MalformedException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * What two nodes tell each other before they talk, and what each makes of it. No sockets here.
 *
 * <pre>
 * dialer                                acceptor
 *   HELLO    card, link, lane, nonce      ->
 *                                         <-   WELCOME   card, nonce, mac of an acceptor
 *   PROOF    mac of a dialer              ->
 *                                         <-   ACCEPTED, or INTRODUCED: "I dial you"
 * </pre>
 *
 * <p>A mac is HMAC-SHA256, under the cluster's secret, over the role of who proves, the whole hello
 * and the whole welcome: both nonces and both cards. Each side has chosen one of the nonces at
 * random, so neither a mac of another connection nor one of the other role is of any use here. What
 * comes after the handshake is not authenticated: who can change packets on the way can speak for a
 * node, and needs to be kept away by the network.
 */
final class Handshake {
  /** The first bytes of a dialer: "CWHL". */
  private static final int MAGIC = 0x4357484c;

  private static final String MAC = "HmacSHA256";
  private static final int MAC_BYTES = 32;
  private static final int NONCE_BYTES = 32;
  private static final byte[] NO_MAC = {};

  /** Names and addresses in a card are no longer. */
  private static final int MAX_TEXT = 255;

  /** Who speaks: the role is part of what a mac proves. */
  enum Role {
    DIALER,
    ACCEPTOR
  }

  /**
   * Who a node is and what it takes for granted.
   *
   * @param process random bits of this run of it
   */
  record Card(
      boolean hasSecret,
      String clusterName,
      int partitions,
      int hashVersion,
      List<Setting> settings,
      Member member,
      long process) {}

  /**
   * @param link number of the attempt to connect; all lanes of one link bear the same
   * @param lane which of the {@code lanes} connections this is
   */
  record Hello(Card card, long link, int lane, int lanes, byte[] nonce) {}

  record Welcome(Card card, byte[] nonce) {}

  private final Card own;
  private final byte[] secret;
  private final Clock clock;
  private final SecureRandom random = new SecureRandom();

  Handshake(ClusterFacts facts, Member self, long process, Clock clock) {
    this.own =
        new Card(
            facts.secret() != null,
            facts.clusterName(),
            facts.partitions(),
            Position.HASH_VERSION,
            facts.settings(),
            self,
            process);
    this.secret = facts.secret() == null ? null : facts.secret().getBytes(StandardCharsets.UTF_8);
    this.clock = clock;
    int bytes = hello(0, 0, 1).length;
    if (bytes > Frames.MAX_HANDSHAKE_FRAME_BYTES / 2) {
      throw new IllegalArgumentException("a handshake of " + bytes + " bytes");
    }
  }

  Card own() {
    return own;
  }

  /** Whether it was this very process that answered. */
  boolean isSelf(Card card) {
    return card.process() == own.process() && card.member().equals(own.member());
  }

  byte[] hello(long link, int lane, int lanes) {
    ByteWriter out = new ByteWriter();
    out.writeInt(MAGIC).writeVarint(MessageCodec.VERSION);
    write(out, own);
    out.writeVarint(link).writeVarint(lane).writeVarint(lanes).writeRaw(nonce());
    return out.toByteArray();
  }

  /** Why a hello cannot even be read, or null. */
  String unreadable(byte[] hello) {
    try {
      ByteReader in = new ByteReader(hello);
      if (in.readInt() != MAGIC) {
        return "it is not a Cartwheel node";
      }
      long version = in.readVarint();
      return version == MessageCodec.VERSION
          ? null
          : "peer protocol version is "
              + version
              + " at the dialer, "
              + MessageCodec.VERSION
              + " at "
              + own.member().name();
    } catch (MalformedException e) {
      return "it is not a Cartwheel node";
    }
  }

  /**
   * @throws MalformedException where the bytes are not a hello
   */
  Hello readHello(byte[] bytes) {
    ByteReader in = new ByteReader(bytes);
    in.readInt();
    in.readVarint();
    Card card = readCard(in);
    long link = in.readVarint();
    int lane = in.readVarint(Frames.MAX_LANES - 1);
    int lanes = in.readVarint(Frames.MAX_LANES);
    byte[] nonce = in.readRaw(NONCE_BYTES);
    in.expectEnd();
    if (lane >= lanes) {
      throw new MalformedException("lane " + lane + " of " + lanes);
    }
    return new Hello(card, link, lane, lanes, nonce);
  }

  /** The answer to a hello, without the mac over it. */
  byte[] welcome() {
    ByteWriter out = new ByteWriter();
    write(out, own);
    return out.writeRaw(nonce()).toByteArray();
  }

  /**
   * @throws MalformedException where the bytes are not a welcome
   */
  Welcome readWelcome(byte[] bytes) {
    ByteReader in = new ByteReader(bytes);
    Welcome welcome = new Welcome(readCard(in), in.readRaw(NONCE_BYTES));
    in.expectEnd();
    return welcome;
  }

  /** What proves that the speaker in this role knows the secret; empty where there is none. */
  byte[] mac(Role role, byte[] hello, byte[] welcome) {
    if (secret == null) {
      return NO_MAC;
    }
    ByteWriter transcript = new ByteWriter(hello.length + welcome.length + 64);
    transcript.writeString(role.name()).writeBytes(hello).writeBytes(welcome);
    try {
      Mac mac = Mac.getInstance(MAC);
      mac.init(new SecretKeySpec(secret, MAC));
      return mac.doFinal(transcript.toByteArray());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has " + MAC, e);
    }
  }

  /** Whether {@code mac} is what {@link #mac} gives; takes the same time whatever it is. */
  boolean isGenuine(byte[] mac, Role role, byte[] hello, byte[] welcome) {
    return MessageDigest.isEqual(mac, mac(role, hello, welcome));
  }

  /** The mac in a frame's body. */
  static byte[] readMac(ByteReader in) {
    byte[] mac = in.readRaw(in.remaining());
    if (mac.length != 0 && mac.length != MAC_BYTES) {
      throw new MalformedException("a mac of " + mac.length + " bytes");
    }
    return mac;
  }

  /**
   * Why these two nodes cannot be in one cluster, in words that both understand; null where they
   * can.
   *
   * @param hybridTime the peer's
   */
  String refusal(Card theirs, long hybridTime) {
    String here = own.member().name().value();
    String there = theirs.member().name().value();
    if (isSelf(theirs)) {
      return null;
    }
    if (!own.clusterName().equals(theirs.clusterName())) {
      return differs("cluster.name", own.clusterName(), theirs.clusterName(), there);
    }
    if (own.hasSecret() != theirs.hasSecret()) {
      return "cluster.secret is set at "
          + (own.hasSecret() ? here : there)
          + " and not at "
          + (own.hasSecret() ? there : here);
    }
    if (own.partitions() != theirs.partitions()) {
      return differs("cluster.partitions", own.partitions(), theirs.partitions(), there);
    }
    if (own.hashVersion() != theirs.hashVersion()) {
      return differs("position hash version", own.hashVersion(), theirs.hashVersion(), there);
    }
    String setting = settingThatDiffers(theirs, there);
    if (setting != null) {
      return setting;
    }
    if (own.member().name().equals(theirs.member().name())) {
      return "node name "
          + here
          + " is alive at "
          + own.member().peerAddress()
          + " and at "
          + theirs.member().peerAddress();
    }
    if (own.member().dataId() == theirs.member().dataId()) {
      return here + " and " + there + " run on copies of one data directory";
    }
    if (HybridClock.millisOf(hybridTime) - clock.wallMillis() > HybridClock.MAX_AHEAD_MILLIS) {
      return clockReason(there);
    }
    return null;
  }

  /** Why a peer is refused whose clock is wrong, or ours. */
  String clockReason(String peer) {
    return "the clock of "
        + peer
        + " is more than "
        + HybridClock.MAX_AHEAD_MILLIS / 1000
        + " s ahead of that of "
        + own.member().name();
  }

  private String settingThatDiffers(Card theirs, String there) {
    List<Setting> mine = own.settings();
    List<Setting> others = theirs.settings();
    for (int i = 0; i < Math.max(mine.size(), others.size()); i++) {
      Setting a = i < mine.size() ? mine.get(i) : null;
      Setting b = i < others.size() ? others.get(i) : null;
      if (a == null || b == null || !a.name().equals(b.name())) {
        // Lists in order of names: the smaller of two names is the one that the other lacks.
        boolean here = b == null || (a != null && a.name().compareTo(b.name()) < 0);
        return here
            ? differs(a.name(), a.value(), "(not set)", there)
            : differs(b.name(), "(not set)", b.value(), there);
      }
      if (!a.value().equals(b.value())) {
        return differs(a.name(), a.value(), b.value(), there);
      }
    }
    return null;
  }

  private String differs(String what, Object here, Object there, String peer) {
    return what + " is " + here + " at " + own.member().name() + ", " + there + " at " + peer;
  }

  private byte[] nonce() {
    byte[] nonce = new byte[NONCE_BYTES];
    random.nextBytes(nonce);
    return nonce;
  }

  private static void write(ByteWriter out, Card card) {
    out.writeBoolean(card.hasSecret())
        .writeString(card.clusterName())
        .writeVarint(card.partitions())
        .writeVarint(card.hashVersion())
        .writeVarint(card.settings().size());
    for (Setting setting : card.settings()) {
      out.writeString(setting.name()).writeString(setting.value());
    }
    RingCodec.writeMember(out, card.member());
    out.writeLong(card.process());
  }

  private static Card readCard(ByteReader in) {
    boolean hasSecret = in.readBoolean();
    String clusterName = text(in.readString());
    int partitions = in.readVarint(Position.SLOTS);
    int hashVersion = in.readVarint(Integer.MAX_VALUE);
    int count = in.readCount(2);
    List<Setting> settings = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      settings.add(new Setting(in.readString(), in.readString()));
    }
    Member member = RingCodec.readMember(in);
    text(member.peerAddress());
    text(member.respAddress());
    text(member.rack());
    return new Card(
        hasSecret,
        clusterName,
        partitions,
        hashVersion,
        List.copyOf(settings),
        member,
        in.readLong());
  }

  private static String text(String text) {
    if (text.length() > MAX_TEXT) {
      throw new MalformedException("a text of " + text.length() + " characters");
    }
    return text;
  }
}
