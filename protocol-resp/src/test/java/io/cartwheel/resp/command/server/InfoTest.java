package io.cartwheel.resp.command.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cartwheel.resp.fake.Console;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class InfoTest {
  private final Console console = new Console();

  @Test
  void info_tellsWhatClientsCheck() {
    console.line("SET k v");
    String info = console.line("INFO");
    for (String line :
        List.of(
            "# Server",
            "redis_version:7.2.0",
            "cartwheel_version:0.1.0",
            "redis_mode:cluster",
            "# Clients",
            "connected_clients:1",
            "# Memory",
            "maxmemory_policy:noeviction",
            "# Persistence",
            "loading:0",
            "# Stats",
            "# Replication",
            "role:master",
            "# CPU",
            "# Errorstats",
            "# Cluster",
            "cluster_enabled:1",
            "# Ring",
            "members_reachable:3",
            "# Keyspace",
            "db0:keys=1,expires=0,avg_ttl=0")) {
      assertTrue(info.contains("\r\n" + line + "\r\n"), line + " in " + info);
    }
    assertFalse(info.contains("# Commandstats"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"all", "everything", "EVERYTHING"})
  void info_ofAll_hasStatistics(String section) {
    String info = console.line("INFO " + section);
    assertTrue(info.contains("# Commandstats\r\n"));
    assertTrue(info.contains("# Latencystats\r\n"));
  }

  @Test
  void info_ofSections_hasJustThose() {
    assertEquals("$30\r\n# Cluster\r\ncluster_enabled:1\r\n\r\n", console.line("INFO cluster"));
    assertEquals("$12\r\n# Keyspace\r\n\r\n", console.line("INFO keyspace"));
    assertEquals("$0\r\n\r\n", console.line("INFO nothing"));
    String two = console.line("INFO replication cluster nothing cluster");
    assertTrue(two.indexOf("# Replication") < two.indexOf("\r\n\r\n# Cluster"), two);
    assertTrue(new Console(3).line("INFO cluster").startsWith("=34\r\ntxt:# Cluster"));
  }

  @Test
  void info_whileThereIsNoTable_answers() {
    console.ring.notReady("waiting for b");
    assertTrue(console.line("INFO").contains("\r\nstate:waiting for b\r\n"));
  }

  @Test
  void statistics_areInRedissFields_untilReset() {
    var get = console.frontMetrics().of(console.commands().find("get"));
    get.calls().inc(2);
    get.micros().inc(30);
    get.failed().inc();
    get.latency().update(15);
    console.frontMetrics().error("NOQUORUM 1 of 2");
    assertTrue(
        console
            .line("INFO commandstats")
            .contains(
                "cmdstat_get:calls=2,usec=30,usec_per_call=15.00,rejected_calls=0,failed_calls=1"));
    assertTrue(
        console
            .line("INFO latencystats")
            .contains("latency_percentiles_usec_get:p50=15.000,p99=15.000,p99.9=15.000"));
    assertTrue(console.line("INFO errorstats").contains("errorstat_NOQUORUM:count=1"));
    assertTrue(console.line("INFO stats").contains("total_commands_processed:2\r\n"));
    assertEquals("+OK\r\n", console.line("CONFIG RESETSTAT"));
    assertFalse(console.line("INFO all").contains("cmdstat_get"));
  }

  @Test
  void everyOtherMetric_isOfTheRing() {
    console.metrics.counter("coordinator.readRepairs").inc(7);
    console.metrics.histogram("storage.commit.rows").update(3);
    console.metrics.timer("coordinator.get").update(java.time.Duration.ofMillis(2));
    console.metrics.gauge("hints", () -> () -> 12);
    console.metrics.meter("forwards").mark();
    String ring = console.line("INFO ring");
    assertTrue(ring.contains("coordinator_read_repairs:7\r\n"), ring);
    assertTrue(ring.contains("storage_commit_rows:count=1,mean=3.0,p50=3.0,"), ring);
    assertTrue(ring.contains("coordinator_get:count=1,per_second="), ring);
    assertTrue(ring.contains("mean_usec=2000.0"), ring);
    assertTrue(ring.contains("hints:12\r\n"), ring);
    assertTrue(ring.contains("forwards:count=1,per_second=0.00\r\n"), ring);
  }

  @Test
  void sizes_areWrittenAsRedisDoes() {
    assertEquals("1023B", InfoSections.human(1023));
    assertEquals("1.00K", InfoSections.human(1024));
    assertEquals("23.54G", InfoSections.human(25_276_510_208L));
  }
}
