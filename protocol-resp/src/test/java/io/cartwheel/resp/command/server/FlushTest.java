package io.cartwheel.resp.command.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.cartwheel.cluster.coordinate.Failure;
import io.cartwheel.resp.fake.Console;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FlushTest {
  private static final int KEYS = 1000;

  private final Console console = new Console();

  private void fill() {
    for (int i = 0; i < KEYS; i++) {
      console.line("SET key" + i + " v");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"FLUSHALL", "FLUSHDB", "flushall async", "FLUSHDB SYNC"})
  void flush_deletesEveryKey(String command) {
    fill();
    console.conflict("k");
    assertEquals("+OK\r\n", console.line(command));
    assertEquals(":0\r\n", console.line("DBSIZE"));
    assertEquals("*0\r\n", console.line("KEYS *"));
  }

  @Test
  void flush_writesTombstones_soWhatAClientSawBeforeIsCovered() {
    console.line("SET k v");
    String before = console.token("k");
    console.line("FLUSHALL");
    assertEquals(":0\r\n", console.line("DELEX k CONTEXT " + before));
    assertEquals(":0\r\n", console.line("EXISTS k"));
  }

  @Test
  void flush_namesThePartitionsLeft_andDoesTheOthers() {
    fill();
    console.faults.fail("key1", new Failure.NoQuorum(1, 2, 1000, true), Integer.MAX_VALUE);
    assertEquals(
        "-NOQUORUM 1 of 16 partitions are left to flush; repeat the command when more nodes are"
            + " reachable\r\n",
        console.line("FLUSHALL"));
    console.faults.fail("key1", null, 0);
    assertEquals("+OK\r\n", console.line("FLUSHALL"));
    assertEquals(":0\r\n", console.line("DBSIZE"));
  }

  @Test
  void flush_asksABusyNodeAgain() {
    fill();
    console.faults.fail("key1", new Failure.Busy("too much to do"), 3);
    assertEquals("+OK\r\n", console.line("FLUSHALL"));
    assertEquals(":0\r\n", console.line("DBSIZE"));
  }

  @Test
  void flush_withoutAQuorumAnywhere_fails() {
    console.coordinator.failWith(new Failure.NoQuorum(1, 2, 1000, false));
    assertEquals(
        "-NOQUORUM 16 of 16 partitions are left to flush; repeat the command when more nodes are"
            + " reachable\r\n",
        console.line("FLUSHALL"));
  }

  @Test
  void flush_withoutATable_isToBeTriedAgain() {
    console.ring.notReady("waiting for b");
    assertEquals("-CLUSTERDOWN The cluster is down: waiting for b\r\n", console.line("FLUSHALL"));
  }
}
