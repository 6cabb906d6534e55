package io.cartwheel.cluster.ring;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.cartwheel.cluster.ring.Keyspace.Conflicts;
import io.cartwheel.cluster.ring.Keyspace.Fsync;
import java.util.List;
import org.junit.jupiter.api.Test;

class KeyspacesTest {

  @Test
  void aKey_belongsToTheLongestPrefix() {
    Keyspaces keyspaces =
        new Keyspaces(List.of(keyspace("a", 1), keyspace("", 3), keyspace("ab", 5)));
    assertEquals("ab", keyspaces.of("abc".getBytes(UTF_8)).prefix());
    assertEquals("ab", keyspaces.of("ab".getBytes(UTF_8)).prefix());
    assertEquals("a", keyspaces.of("ac".getBytes(UTF_8)).prefix());
    assertEquals("", keyspaces.of("b".getBytes(UTF_8)).prefix());
    assertEquals("", keyspaces.of(new byte[0]).prefix());
    assertEquals(5, keyspaces.greatestN());
  }

  @Test
  void keyspacesThatCannotBe_areRefused() {
    assertThrows(IllegalArgumentException.class, () -> new Keyspaces(List.of(keyspace("a", 1))));
    assertThrows(
        IllegalArgumentException.class,
        () -> new Keyspaces(List.of(keyspace("", 1), keyspace("", 2))));
    assertThrows(IllegalArgumentException.class, () -> keyspace("", 0));
    assertThrows(
        IllegalArgumentException.class,
        () -> new Keyspace("", 3, 4, 2, Conflicts.SIBLINGS, 0, Fsync.NO));
    assertThrows(
        IllegalArgumentException.class,
        () -> new Keyspace("", 3, 2, 0, Conflicts.SIBLINGS, 0, Fsync.NO));
  }

  @Test
  void effectiveNumbers_areBoundedByTheOwnersThereAre() {
    Keyspace keyspace = new Keyspace("", 3, 2, 3, Conflicts.SIBLINGS, 0, Fsync.NO);
    assertEquals(3, keyspace.effectiveN(5));
    assertEquals(2, keyspace.effectiveW(2));
    assertEquals(1, keyspace.effectiveR(1));
  }

  private static Keyspace keyspace(String prefix, int n) {
    return new Keyspace(prefix, n, 1, 1, Conflicts.SIBLINGS, 0, Fsync.EVERYSEC);
  }
}
