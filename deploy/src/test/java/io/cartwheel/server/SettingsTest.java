package io.cartwheel.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cartwheel.cluster.ring.Keyspace;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SettingsTest {
  @TempDir Path directory;

  @Test
  void defaults_areThoseOfANodeOnLoopback() {
    Settings settings = overrides();
    assertEquals(6379, settings.number("resp.port"));
    assertEquals(16379, settings.peerPort());
    assertEquals("127.0.0.1:6379", settings.nodeName());
    assertEquals("127.0.0.1:16379", settings.peerAnnounce());
    Keyspace keyspace = settings.keyspaces().of("any".getBytes(StandardCharsets.UTF_8));
    assertEquals(
        new Keyspace("", 3, 2, 2, Keyspace.Conflicts.SIBLINGS, 0, Keyspace.Fsync.EVERYSEC),
        keyspace);
    assertEquals(16 << 20, settings.toNodeSettings(1 << 20).limits().maxValueSizeBytes());
  }

  @Test
  void precedence_isOverrideThenEnvironmentThenFileThenDefault() throws IOException {
    Path file =
        file("cartwheel { resp.port = 1001, maxclients = 11, request-timeout = 2s, timeout = 5 }");
    SettingSources sources = new SettingSources();
    sources.addFile(file);
    sources.addEnvironment(
        Map.of("CARTWHEEL_RESP_PORT", "1002", "CARTWHEEL_MAXCLIENTS", "12", "PATH", "/bin"));
    sources.addOverride("cartwheel.resp.port=1003");
    Settings settings = new Settings(sources.texts());
    assertEquals(1003, settings.number("resp.port"));
    assertEquals(12, settings.number("maxclients"));
    assertEquals(2000, settings.number("request-timeout"));
    assertEquals(100, settings.number("version.sibling-limit"));
  }

  @Test
  void keyspaces_inheritFromTheDefaultAndAreChosenByLongestPrefix() throws IOException {
    SettingSources sources = new SettingSources();
    sources.addFile(
        file(
            "cartwheel.keyspaces { default { n = 5, r = 3 }, \"session:\" { conflicts = newest, default-ttl = 30m },"
                + " \"session:x\" { w = 1, fsync = always } }"));
    Settings settings = new Settings(sources.texts());
    Keyspace session = settings.keyspaces().of("session:1".getBytes(StandardCharsets.UTF_8));
    assertEquals(
        new Keyspace(
            "session:", 5, 3, 2, Keyspace.Conflicts.NEWEST, 1_800_000, Keyspace.Fsync.EVERYSEC),
        session);
    assertEquals(1, settings.keyspaces().of("session:xy".getBytes(StandardCharsets.UTF_8)).w());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "resp.port=0|setting cartwheel.resp.port is '0'; allowed: a whole number from 1 to 65535",
        "resp.port=many|setting cartwheel.resp.port is 'many'; allowed: a whole number from 1 to 65535",
        "resp.port=60000|setting cartwheel.resp.port is '60000'; allowed: up to 55535",
        "cluster.partitions=100|setting cartwheel.cluster.partitions is '100'; allowed: a power of two",
        "attempt-timeout=500ms|setting cartwheel.attempt-timeout is '500'; allowed: less than half of request-timeout",
        "heartbeat.timeout=300ms|setting cartwheel.heartbeat.timeout is '300'; allowed: at least twice",
        "request-timeout=soon|setting cartwheel.request-timeout is 'soon'; allowed: a duration",
        "max-value-size=1|setting cartwheel.max-value-size is '1'; allowed: a size",
        "cluster.seeds=here|setting cartwheel.cluster.seeds is 'here'; allowed: host:port",
        "protected-mode=maybe|setting cartwheel.protected-mode is 'maybe'; allowed: yes, no",
        "keyspaces.default.w=4|setting cartwheel.keyspaces.\"default\".w is '4'; allowed: 1 to n, which is 3",
        "keyspaces.default.fsync=often|setting cartwheel.keyspaces.\"default\".fsync is 'often'; allowed: always",
        "keyspaces.default.m=4|unknown setting cartwheel.keyspaces.default.m (value '4'); allowed:",
        "port=7|unknown setting cartwheel.port (value '7'); allowed: cartwheel.resp.port, cartwheel.peer.port",
        "nonsense.zzz=7|unknown setting cartwheel.nonsense.zzz (value '7'); all settings are listed",
        "peer.bind=10.0.0.1|setting cartwheel.peer.bind is '10.0.0.1', beyond loopback, but cartwheel.cluster.secret",
        "resp.bind=0.0.0.0|setting cartwheel.resp.bind is '0.0.0.0', which others cannot connect to",
        "node.name=a b|setting cartwheel.node.name is 'a b'; allowed: 1 to 255",
        "storage.memory.x=1|setting cartwheel.storage.memory.x is '1', but storage.engine is 'rocksdb'",
        "x|option '-Dx'; allowed: -Dkey=value",
      })
  void wrongSetting_isOneLineWithNameValueAndWhatIsAllowed(String override, String message) {
    UserError error = assertThrows(UserError.class, () -> overrides(override));
    assertEquals(UserError.USAGE, error.exitCode());
    assertTrue(error.getMessage().startsWith(message), error.getMessage());
    assertFalse(error.getMessage().contains("\n"));
  }

  @Test
  void unknownVariable_isRefusedAndTheLaunchersOwnAreNot() {
    new SettingSources().addEnvironment(Map.of("CARTWHEEL_JAVA_OPTS", "-Xmx1g"));
    UserError error =
        assertThrows(
            UserError.class,
            () -> new SettingSources().addEnvironment(Map.of("CARTWHEEL_RESP_PROT", "1")));
    assertTrue(
        error.getMessage().startsWith("environment variable CARTWHEEL_RESP_PROT is no setting"));
  }

  @Test
  void file_thatIsMissingBrokenOrOfSomethingElseIsRefusedByName() throws IOException {
    for (String content : List.of("cartwheel {", "redis { port = 1 }", "cartwheel = 3")) {
      Path file = file(content);
      UserError error = assertThrows(UserError.class, () -> new SettingSources().addFile(file));
      assertTrue(error.getMessage().contains(file.toString()), error.getMessage());
      assertFalse(error.getMessage().contains("\n"));
    }
    assertThrows(UserError.class, () -> new SettingSources().addFile(directory.resolve("absent")));
  }

  @Test
  void shippedFile_namesEverySettingWithItsDefault() throws IOException {
    SettingSources sources = new SettingSources();
    sources.addFile(Path.of("conf/cartwheel.conf"));
    Settings shipped = new Settings(sources.texts());
    for (Setting setting : SettingTable.ALL) {
      assertTrue(sources.texts().containsKey(setting.name()), setting.name());
      if (!List.of("resp.bind", "peer.bind", "cluster.secret", "cluster.seeds", "node.data-dir")
          .contains(setting.name())) {
        assertEquals(
            setting.parse(setting.defaultText()),
            setting.parse(sources.texts().get(setting.name())),
            setting.name());
      }
    }
    assertEquals("10.0.0.1:16379", shipped.peerAnnounce());
  }

  @Test
  void shown_neverHoldsASecret() {
    Settings settings =
        overrides("requirepass=hunter2", "cluster.secret=hunter2", "cluster.seeds=a:1,b:2");
    assertFalse(settings.shown().toString().contains("hunter2"));
    assertEquals("a:1,b:2", settings.shown().get("cluster.seeds"));
    assertEquals(
        "n=3 r=2 w=2 conflicts=siblings default-ttl=0ms fsync=everysec",
        settings.shown().get("keyspaces.default"));
  }

  private static Settings overrides(String... assignments) {
    SettingSources sources = new SettingSources();
    for (String assignment : assignments) {
      sources.addOverride(assignment);
    }
    return new Settings(sources.texts());
  }

  private Path file(String content) throws IOException {
    return Files.writeString(directory.resolve("some.conf"), content);
  }
}
