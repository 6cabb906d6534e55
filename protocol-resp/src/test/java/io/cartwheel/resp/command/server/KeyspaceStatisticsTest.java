package io.cartwheel.resp.command.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.cartwheel.cluster.coordinate.Failure;
import io.cartwheel.cluster.reap.ReapMetrics;
import io.cartwheel.resp.fake.Console;
import io.cartwheel.resp.fake.RealRedis;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What INFO counts of keys that were looked up. */
class KeyspaceStatisticsTest {
  /** Each with k there and n not. */
  private static final List<String> COMMANDS =
      List.of(
          "GET k",
          "GET n",
          "MGET k n k",
          "EXISTS k k n",
          "TOUCH k n",
          "TYPE n",
          "TTL k",
          "PTTL n",
          "STRLEN k",
          "GETRANGE n 0 1",
          "GETEX k",
          "GETEX k EX 1000",
          "GETEX n PERSIST",
          "GETSET k v",
          "SET k w GET",
          "SET m w NX GET",
          "SET k w NX",
          "SET k 10 XX",
          "APPEND k 1",
          "INCR k",
          "INCRBYFLOAT k 1",
          "SETRANGE k 0 1",
          "DEL n",
          "EXPIRE k 1000",
          "PERSIST k",
          "MSET k 1 m 2",
          "MSETNX k 1",
          "GETDEL k",
          "GETDEL k",
          "DBSIZE");

  private final Console console = new Console();

  private static String figure(String info, String name) {
    int at = info.indexOf(name + ":");
    return info.substring(at, info.indexOf("\r\n", at));
  }

  private static String figures(String info) {
    return figure(info, "keyspace_hits") + " " + figure(info, "keyspace_misses");
  }

  @Test
  void hitsAndMisses_areThoseOfRedis(@TempDir Path directory) throws IOException {
    assumeTrue(RealRedis.isInstalled(), "redis-server is not installed");
    List<String> theirs = new ArrayList<>();
    List<String> ours = new ArrayList<>();
    try (RealRedis redis = RealRedis.start(directory)) {
      redis.run("SET", "k", "v");
      console.line("SET k v");
      for (String command : COMMANDS) {
        redis.run(command.split(" "));
        console.line(command);
        theirs.add(command + ": " + figures(redis.run("INFO", "stats")));
        ours.add(command + ": " + figures(console.line("INFO stats")));
      }
    }
    assertEquals(String.join("\n", theirs), String.join("\n", ours));
  }

  @Test
  void whatCouldNotBeRead_isNeither_andResetStartsAtNothing() {
    console.line("GET n");
    console.line("SET k v");
    console.line("GET k");
    console.coordinator.failWith(new Failure.NoQuorum(1, 2, 1000, false));
    console.line("GET k");
    console.line("GETDEL k");
    assertEquals("keyspace_hits:1 keyspace_misses:1", figures(console.line("INFO stats")));
    console.metrics.counter(ReapMetrics.EXPIRED).inc(3);
    assertEquals("expired_keys:3", figure(console.line("INFO stats"), "expired_keys"));
    console.line("CONFIG RESETSTAT");
    assertEquals("keyspace_hits:0 keyspace_misses:0", figures(console.line("INFO stats")));
    assertEquals("expired_keys:0", figure(console.line("INFO stats"), "expired_keys"));
  }

  @Test
  void commandList_hasSubcommands() {
    String list = console.line("COMMAND LIST");
    assertTrue(list.contains("\r\nclient|list\r\n") && list.contains("\r\nclient\r\n"), list);
    assertTrue(list.contains("\r\nring|nodes\r\n"), list);
  }
}
