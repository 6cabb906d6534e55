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
    config.set(Map.of("requirepass", "hunter3", "masterauth", "hunter4"));
    assertFalse(config.all().toString().contains("hunter"));
  }

  @Test
  void set_changesWhatMayChangeAndShowsIt() {
    assertNull(config.set(Map.of("maxclients", "5", "timeout", "7", "protected-mode", "no")));
    assertEquals(5, config.maxClients());
    assertEquals(7000, config.idleTimeoutMillis());
    assertFalse(config.protectedMode());
    assertEquals("5", config.all().get("maxclients"));
    assertEquals("7", config.all().get("timeout"));
  }

  @Test
  void everySetting_isKnown_andChangedOrImmutable() {
    for (Setting setting : SettingTable.ALL) {
      assertTrue(config.knows(setting.name()), setting.name());
      boolean changeable =
          List.of("maxclients", "protected-mode", "requirepass", "timeout")
              .contains(setting.name());
      assertEquals(changeable, config.immutable(setting.name(), "1") == null, setting.name());
    }
    assertFalse(config.knows("nonsense"));
  }

  @Test
  void password_isComparedWholeAndCanBeTakenAway() {
    assertTrue(config.passwordRequired());
    assertTrue(config.passwordMatches(bytes("hunter2")));
    assertFalse(config.passwordMatches(bytes("hunter")));
    assertNull(config.set(Map.of("requirepass", "")));
    assertFalse(config.passwordRequired());
    assertFalse(config.passwordMatches(bytes("")));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
