package io.cartwheel.cluster.transport;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cartwheel.cluster.ring.Member;
import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.cluster.transport.Handshake.Hello;
import io.cartwheel.cluster.transport.Handshake.Role;
import io.cartwheel.cluster.version.MalformedException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class HandshakeTest {
  private final ClusterFacts facts =
      new ClusterFacts("c", 16, List.of(new ClusterFacts.Setting("s", "1")), "secret");
  private final Handshake a = handshake("a", facts);
  private final Handshake b = handshake("b", facts);

  private static Handshake handshake(String name, ClusterFacts facts) {
    Member member =
        new Member(new NodeName(name), name.hashCode(), name + ":1", name + ":2", "r", 3);
    return new Handshake(facts, member, name.hashCode() * 7L, new SystemClock());
  }

  @Test
  void hello_tellsWhoDials() {
    Hello hello = b.readHello(a.hello(5, 2, 4));
    assertEquals(a.own(), hello.card());
    assertEquals(5, hello.link());
    assertEquals(2, hello.lane());
    assertEquals(4, hello.lanes());
    assertEquals(b.own(), a.readWelcome(b.welcome()).card());
    assertNull(b.refusal(hello.card(), 0));
  }

  @Test
  void mac_provesTheRoleForThisHelloAndThisWelcome() {
    byte[] hello = a.hello(1, 0, 1);
    byte[] welcome = b.welcome();
    byte[] mac = b.mac(Role.ACCEPTOR, hello, welcome);
    assertTrue(a.isGenuine(mac, Role.ACCEPTOR, hello, welcome));
    // Sent back to its sender it proves nothing.
    assertFalse(b.isGenuine(mac, Role.DIALER, hello, welcome));
    // Nor on another connection, where one of the nonces differs.
    assertFalse(a.isGenuine(mac, Role.ACCEPTOR, a.hello(1, 0, 1), welcome));
    assertFalse(a.isGenuine(mac, Role.ACCEPTOR, hello, b.welcome()));
    assertFalse(a.isGenuine(new byte[0], Role.ACCEPTOR, hello, welcome));
    assertFalse(a.isGenuine(new byte[32], Role.ACCEPTOR, hello, welcome));
  }

  @Test
  void mac_coversEveryByteOfBothCards() {
    byte[] hello = a.hello(1, 0, 1);
    byte[] welcome = b.welcome();
    byte[] mac = b.mac(Role.ACCEPTOR, hello, welcome);
    for (int i = 0; i < hello.length; i++) {
      byte[] changed = hello.clone();
      changed[i] ^= 1;
      assertFalse(a.isGenuine(mac, Role.ACCEPTOR, changed, welcome));
    }
    for (int i = 0; i < welcome.length; i++) {
      byte[] changed = welcome.clone();
      changed[i] ^= 1;
      assertFalse(a.isGenuine(mac, Role.ACCEPTOR, hello, changed));
    }
    // Nor does a byte that moves from one to the other leave it the same.
    byte[] longer = Arrays.copyOf(hello, hello.length + 1);
    longer[hello.length] = welcome[0];
    assertFalse(
        a.isGenuine(mac, Role.ACCEPTOR, longer, Arrays.copyOfRange(welcome, 1, welcome.length)));
  }

  @Test
  void mac_needsTheSecret() {
    Handshake other = handshake("b", new ClusterFacts("c", 16, List.of(), "guess"));
    byte[] hello = a.hello(1, 0, 1);
    byte[] welcome = other.welcome();
    byte[] mac = other.mac(Role.ACCEPTOR, hello, welcome);
    assertFalse(a.isGenuine(mac, Role.ACCEPTOR, hello, welcome));
  }

  @Test
  void withoutSecret_onlyTheEmptyMacIsGenuine() {
    Handshake open = handshake("b", new ClusterFacts("c", 16, List.of(), null));
    byte[] mac = open.mac(Role.DIALER, new byte[1], new byte[1]);
    assertArrayEquals(new byte[0], mac);
    assertTrue(open.isGenuine(mac, Role.DIALER, new byte[1], new byte[1]));
    assertFalse(open.isGenuine(new byte[32], Role.DIALER, new byte[1], new byte[1]));
  }

  @Test
  void nonces_neverRepeat() {
    assertNotEquals(
        HexFormat.of().formatHex(a.hello(1, 0, 1)), HexFormat.of().formatHex(a.hello(1, 0, 1)));
    assertNotEquals(HexFormat.of().formatHex(a.welcome()), HexFormat.of().formatHex(a.welcome()));
  }

  @Test
  void ownAnswer_isRecognizedAndIsNoReasonToRefuse() {
    assertTrue(a.isSelf(a.own()));
    assertNull(a.refusal(a.own(), 0));
    assertFalse(a.isSelf(b.own()));
  }

  @Test
  void damagedHello_isReadOrMalformedAndNothingElse() {
    long seed = System.nanoTime();
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < 50_000; i++) {
      byte[] hello = a.hello(1, 0, 1);
      byte[] damaged = Arrays.copyOf(hello, hello.length - random.nextInt(3));
      for (int d = random.nextInt(4); d >= 0; d--) {
        damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
      }
      try {
        if (b.unreadable(damaged) == null) {
          b.refusal(b.readHello(damaged).card(), random.nextLong());
        }
      } catch (MalformedException e) {
        assertFalse(e.getMessage().isEmpty());
      } catch (RuntimeException e) {
        throw new AssertionError(HexFormat.of().formatHex(damaged) + " seed " + seed, e);
      }
    }
  }

  @Test
  void tooManySettings_areRefusedAtTheStart() {
    List<ClusterFacts.Setting> many = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      many.add(new ClusterFacts.Setting("keyspaces." + i, "n=3,r=2,w=2,conflicts=siblings"));
    }
    assertThrows(IllegalArgumentException.class, () -> new ClusterFacts("c", 16, many, null));
  }

  @Test
  void secret_isNotPrinted() {
    assertFalse(facts.toString().contains("secret"));
  }
}
