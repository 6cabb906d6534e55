package io.cartwheel.cluster.membership;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.cartwheel.cluster.membership.Members.Arrival;
import io.cartwheel.cluster.ring.Member;
import io.cartwheel.cluster.ring.NodeName;
import java.util.List;
import org.junit.jupiter.api.Test;

class MembersTest {
  private final Member a = member("a", 1, "h1:1");
  private final Member b = member("b", 2, "h2:1");
  private final Members members = new Members(a, List.of());

  static Member member(String name, long dataId, String address) {
    return new Member(new NodeName(name), dataId, address, address + "0", "", 1);
  }

  @Test
  void peerOfAnotherNameAndDirectoryIsAdmittedAndKnownWhenItReturns() {
    assertNull(members.refuse(b));
    assertEquals(Arrival.NEW, members.onConnected(b));
    members.onGone(b.name());
    assertNull(members.refuse(b));
    assertEquals(Arrival.KNOWN, members.onConnected(b));
  }

  @Test
  void nameThatReturnsWithAnotherIdHasLostItsDisk() {
    members.onConnected(b);
    members.onGone(b.name());
    Member emptied = member("b", 20, "h2:1");
    assertNull(members.refuse(emptied));
    assertEquals(Arrival.LOST_DISK, members.onConnected(emptied));
    assertEquals(20, members.find(b.name()).dataId());
    assertEquals(Arrival.KNOWN, members.onConnected(emptied));
  }

  @Test
  void nameIsAliveAtOneAddressOnly() {
    members.onConnected(b);
    Member elsewhere = member("b", 3, "h9:1");
    assertEquals(
        "node name 'b' is taken: one node at h2:1, another at h9:1", members.refuse(elsewhere));
    members.onGone(b.name());
    assertNull(members.refuse(elsewhere), "the first is gone: it has moved");
    members.onConnected(b);
    members.onGone(b.name());
    members.onBack(b.name());
    assertEquals(
        "node name 'b' is taken: one node at h2:1, another at h9:1", members.refuse(elsewhere));
  }

  @Test
  void ownNameElsewhereIsRefusedButNotOneself() {
    assertNull(members.refuse(a));
    assertEquals(
        "node name 'a' is taken: one node at h1:1, another at h3:1",
        members.refuse(member("a", 4, "h3:1")));
    assertEquals(
        "node name 'a' is taken: one node at h1:1, another at h3:1",
        members.refuse(member("a", 1, "h3:1")));
  }

  @Test
  void directoryUnderTwoNamesIsRefusedAliveOrNot() {
    String expected = "node 'c' at h3:1 has the data directory of node 'b' at h2:1: a copy?";
    members.onConnected(b);
    assertEquals(expected, members.refuse(member("c", 2, "h3:1")));
    members.onGone(b.name());
    assertEquals(expected, members.refuse(member("c", 2, "h3:1")));
    assertEquals(
        "node 'c' at h3:1 has the data directory of node 'a' at h1:1: a copy?",
        members.refuse(member("c", 1, "h3:1")));
  }

  @Test
  void namesAndIdsAreRememberedAcrossARestart() {
    Members restarted = new Members(a, List.of(a, b));
    assertEquals(
        "node 'c' at h3:1 has the data directory of node 'b' at h2:1: a copy?",
        restarted.refuse(member("c", 2, "h3:1")));
    assertEquals(Arrival.LOST_DISK, restarted.onConnected(member("b", 7, "h2:1")));
  }

  @Test
  void formedRingAdmitsItsMembersOnly() {
    members.onConnected(b);
    members.closeRing(List.of(a.name(), b.name()));
    assertNull(members.refuse(b));
    assertEquals(
        "node 'c' at h3:1 is not a member of this ring (a, b)",
        members.refuse(member("c", 3, "h3:1")));
  }
}
