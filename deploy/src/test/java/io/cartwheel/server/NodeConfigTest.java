package io.cartwheel.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class NodeConfigTest {
  private final NodeConfig config = new NodeConfig(new Settings(Map.of("requirepass", "hunter2")));

  @Test
  void all_answersWhatClientsAskAndNoSecret() {
    for (String name :
        List.of(
            "save",
            "appendonly",
            "maxmemory",
            "maxmemory-policy",
            "databases",
            "timeout",
            "notify-keyspace-events",
            "maxclients",
            "proto-max-bulk-len")) {
      assertTrue(config.all().containsKey(name), name);
    }
    config.set("requirepass", "hunter3");
    assertFalse(config.all().toString().contains("hunter"));
  }

  @Test
  void set_changesWhatMayChangeAndShowsIt() {
    assertNull(config.set("maxclients", "5"));
    assertNull(config.set("TIMEOUT", "7"));
    assertNull(config.set("protected-mode", "no"));
    assertEquals(5, config.maxClients());
    assertEquals(7000, config.idleTimeoutMillis());
    assertFalse(config.protectedMode());
    assertEquals("5", config.all().get("maxclients"));
    assertEquals("7", config.all().get("timeout"));
  }

  @Test
  void set_refusesWithAReason() {
    assertTrue(
        config.set("maxclients", "none").startsWith("'none' is no value of maxclients; allowed:"));
    assertTrue(config.set("cluster.partitions", "512").contains("must be the same on all nodes"));
    assertTrue(config.set("keyspaces.default", "n=1").contains("must be the same on all nodes"));
    assertTrue(config.set("resp.port", "1").contains("cannot be changed while the node runs"));
    assertTrue(config.set("nonsense", "1").startsWith("Unknown option"));
  }

  @Test
  void password_isComparedWholeAndCanBeTakenAway() {
    assertTrue(config.passwordRequired());
    assertTrue(config.passwordMatches(bytes("hunter2")));
    assertFalse(config.passwordMatches(bytes("hunter")));
    assertNull(config.set("requirepass", ""));
    assertFalse(config.passwordRequired());
    assertFalse(config.passwordMatches(bytes("")));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
