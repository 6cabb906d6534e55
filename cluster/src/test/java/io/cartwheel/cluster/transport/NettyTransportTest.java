package io.cartwheel.cluster.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cartwheel.cluster.message.Message.Heartbeat;
import io.cartwheel.cluster.message.Message.ReadRow;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class NettyTransportTest {
  private final List<TestNode> nodes = new ArrayList<>();

  @AfterEach
  void stop() {
    for (TestNode node : nodes) {
      node.close();
      assertEquals(List.of(), List.copyOf(node.broken), "broken loops of " + node.name);
    }
  }

  private TestNode start(TestNode.Builder config) {
    TestNode node = config.start();
    nodes.add(node);
    return node;
  }

  private static TestNode.Builder node(String name) {
    return new TestNode.Builder(name);
  }

  private static void awaitLinked(TestNode a, TestNode b) {
    TestNode.await(a.name + " and " + b.name + " connect", () -> a.sees(b) && b.sees(a));
  }

  @ParameterizedTest
  @EnumSource(NettyLoops.Io.class)
  void nodes_connectAndTalkBothWays(NettyLoops.Io io) {
    TestNode a = start(node("a").loops(2).io(io).secret("s"));
    TestNode b = start(node("b").loops(2).io(io).secret("s"));
    TestNode.dial(a, b);
    awaitLinked(a, b);
    assertTrue(a.send(0, b.name, new Heartbeat(a.name)));
    assertTrue(b.send(1, a.name, new ReadRow(1, 3, 1, new byte[] {7}, true)));
    TestNode.await("both arrive", () -> a.arrived.size() == 1 && b.arrived.size() == 1);
    assertEquals(a.name, b.arrived.get(0).from());
    assertEquals(1, a.arrived.get(0).shard());
    assertTrue(a.arrived.get(0).onItsLoop());
    assertTrue(b.arrived.get(0).onItsLoop());
  }

  @ParameterizedTest
  @CsvSource({"a,b", "b,a"})
  void oneSided_seedIsEnoughWhicheverNameIsSmaller(String dialling, String dialled) {
    TestNode first = start(node(dialling).loops(2));
    TestNode second = start(node(dialled).loops(2));
    first.links.dial(second.config.address());
    awaitLinked(first, second);
    assertEquals(
        List.of("connected " + first.name),
        List.copyOf(second.events).stream().filter(e -> e.startsWith("connected")).toList());
    assertTrue(first.events.contains("answered " + second.config.address() + " " + second.name));
  }
}
