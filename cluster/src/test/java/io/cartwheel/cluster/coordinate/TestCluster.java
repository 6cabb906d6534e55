package io.cartwheel.cluster.coordinate;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.cartwheel.cluster.coordinate.Coordinator.GetRequest;
import io.cartwheel.cluster.coordinate.Coordinator.GetResult;
import io.cartwheel.cluster.coordinate.Coordinator.WriteRequest;
import io.cartwheel.cluster.coordinate.Coordinator.WriteResult;
import io.cartwheel.cluster.environment.SimulatedTime;
import io.cartwheel.cluster.message.Message;
import io.cartwheel.cluster.message.Message.Write.Kind;
import io.cartwheel.cluster.ring.Key;
import io.cartwheel.cluster.ring.Keyspace;
import io.cartwheel.cluster.ring.Keyspaces;
import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.cluster.ring.PartitionTable;
import io.cartwheel.cluster.version.Sibling;
import io.cartwheel.cluster.version.StoredRow;
import io.cartwheel.cluster.version.VersionVector;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;

/**
 * Coordinators of several nodes over a network that delays, loses, doubles and cuts, all in virtual
 * time, drawn from one seed. Nodes are n1, n2...; the table is one partition owned in that order,
 * unless told otherwise.
 */
final class TestCluster {
  private static final boolean TRACE = Boolean.getBoolean("cartwheel.trace");

  /** Longer than any request takes. */
  static final long LONG_MILLIS = 3_000;

  /** A result that comes later. */
  static final class Later<T> {
    T value;

    void set(T result) {
      if (value != null) {
        throw new AssertionError("answered twice: " + value + ", " + result);
      }
      value = result;
    }

    boolean isDone() {
      return value != null;
    }
  }

  final SimulatedTime time;
  final SplittableRandom random;
  final CoordinatorSettings settings;
  final Keyspaces keyspaces;
  final List<NodeName> names = new ArrayList<>();
  final Map<NodeName, TestNode> nodes = new TreeMap<>();
  final Map<NodeName, Map<Key, StoredRow>> disks = new TreeMap<>();

  /** Messages for which it holds are lost on their way. */
  Predicate<Sent> lost = sent -> false;

  /** Those for which it holds cannot even be sent. */
  Predicate<Sent> unsendable = sent -> false;

  /** By so much longer than others a message is on its way. */
  ToLongFunction<Message> extraMillis = message -> 0;

  final List<Sent> sent = new ArrayList<>();

  /** Whether nodes that are no owners stand in for owners; nothing is handed on here. */
  boolean hasFallbacks;

  /** What coordinators keep for owners. */
  final List<String> kept = new ArrayList<>();

  double lossRate;
  double doubleRate;
  long maxDelayMicros = 500;

  /** A message on its way. */
  record Sent(NodeName from, NodeName to, Message message) {
    boolean is(Class<?> type) {
      return type.isInstance(message);
    }

    boolean is(Class<?> type, String receiver) {
      return type.isInstance(message) && to.value().equals(receiver);
    }
  }

  TestCluster(long seed, int size, int n, int r, int w) {
    this(seed, size, CoordinatorSettings.DEFAULTS, keyspace(n, r, w));
  }

  TestCluster(long seed, int size, CoordinatorSettings settings, Keyspace... keyspaces) {
    this.time = new SimulatedTime(seed);
    this.random = time.newRandom();
    this.settings = settings;
    this.keyspaces = new Keyspaces(List.of(keyspaces));
    for (int i = 1; i <= size; i++) {
      names.add(new NodeName("n" + i));
    }
    int copies = Math.min(size, this.keyspaces.greatestN());
    PartitionTable table = table(1, names.subList(0, copies));
    for (NodeName name : names) {
      disks.put(name, FakeRows.newDisk());
      nodes.put(name, newNode(name, table));
    }
    for (NodeName a : names) {
      for (NodeName b : names) {
        if (!a.equals(b)) {
          nodes.get(a).reachable.add(b);
        }
      }
    }
  }

  static Keyspace keyspace(int n, int r, int w) {
    return new Keyspace("", n, r, w, Keyspace.Conflicts.SIBLINGS, 0, Keyspace.Fsync.EVERYSEC);
  }

  static PartitionTable table(long epoch, List<NodeName> owners) {
    List<NodeName> list = List.copyOf(owners);
    return new PartitionTable(List.of(new PartitionTable.Entry(epoch, list.get(0), list, list)));
  }

  private TestNode newNode(NodeName name, PartitionTable table) {
    return new TestNode(this, name, disks.get(name), table, random.split());
  }

  TestNode node(int number) {
    return nodes.get(names.get(number - 1));
  }

  /** All replicas say that they have missed nothing. */
  void makeCurrent() {
    nodes.values().forEach(node -> node.isCurrent = true);
  }

  boolean send(TestNode from, NodeName to, Message message) {
    TestNode target = nodes.get(to);
    Sent one = new Sent(from.name, to, message);
    if (unsendable.test(one)) {
      return false;
    }
    sent.add(one);
    trace(one);
    if (!from.isUp || lost.test(one) || random.nextDouble() < lossRate) {
      return true;
    }
    deliver(from, target, message);
    if (random.nextDouble() < doubleRate) {
      deliver(from, target, message);
    }
    return true;
  }

  /** {@code -Dcartwheel.trace=true} shows all that is sent. */
  private void trace(Object what) {
    if (TRACE) {
      System.out.printf("%.3f ms: %s%n", time.monotonicNanos() / 1e6, what);
    }
  }

  /** What was lost arrives after all, before anything that is under way. */
  void deliverNow(Sent late) {
    arrive(node(late.from()), node(late.to()), late.message(), node(late.from()).hybrid.now());
  }

  /** The same, by a sender whose clock tells nothing. */
  void deliverAsOfThen(Sent late) {
    arrive(node(late.from()), node(late.to()), late.message(), 0);
  }

  private TestNode node(NodeName name) {
    return nodes.get(name);
  }

  private void deliver(TestNode from, TestNode target, Message message) {
    long clock = from.hybrid.tick();
    long delayNanos = 1_000 * (1 + random.nextLong(maxDelayMicros));
    delayNanos += extraMillis.applyAsLong(message) * 1_000_000;
    time.after(delayNanos, () -> arrive(from, target, message, clock));
  }

  private void arrive(TestNode from, TestNode target, Message message, long clock) {
    if (!target.isUp) {
      return;
    }
    if (target.isPaused) {
      time.afterMillis(1, () -> arrive(from, target, message, clock));
      return;
    }
    target.loop.execute(
        () -> {
          if (target.isUp) {
            target.hybrid.observe(clock);
            target.onMessage(from.name, message);
          }
        });
  }

  /** The process dies: what it had in flight is gone, its rows stay; peers notice after a while. */
  void kill(int number, long noticedAfterMillis) {
    TestNode dead = node(number);
    trace("kill " + dead.name + ", noticed after " + noticedAfterMillis);
    dead.isUp = false;
    dead.loop.stop();
    for (TestNode other : nodes.values()) {
      if (other != dead) {
        time.afterMillis(noticedAfterMillis, () -> disconnect(other, dead));
      }
    }
  }

  private void disconnect(TestNode from, TestNode dead) {
    if (nodes.get(dead.name) == dead && from.isUp && from.reachable.remove(dead.name)) {
      from.loop.execute(() -> from.shard.onDisconnected(dead.name));
    }
  }

  /** The process starts again on its rows, and is connected at once. */
  void restart(int number) {
    NodeName name = names.get(number - 1);
    TestNode before = nodes.get(name);
    if (before.isUp) {
      return;
    }
    for (TestNode other : nodes.values()) {
      if (other.isUp) {
        disconnect(other, before);
      }
    }
    trace("restart " + name);
    TestNode again = newNode(name, before.table);
    nodes.put(name, again);
    for (TestNode other : nodes.values()) {
      if (other.isUp && other != again) {
        connect(again, other);
        connect(other, again);
      }
    }
  }

  void connect(TestNode from, TestNode to) {
    if (from.reachable.add(to.name)) {
      from.loop.execute(() -> from.shard.onConnected(to.name));
    }
  }

  /** Both lose their connection. */
  void part(int a, int b) {
    disconnect(node(a), node(b));
    disconnect(node(b), node(a));
  }

  void join(int a, int b) {
    connect(node(a), node(b));
    connect(node(b), node(a));
  }

  Later<WriteResult> write(int entry, String key, Kind kind, String update) {
    return write(entry, List.of(key), kind, update, VersionVector.EMPTY, 0);
  }

  Later<WriteResult> write(
      int entry, List<String> keys, Kind kind, String update, VersionVector past, int w) {
    trace("write " + update + " at n" + entry);
    Later<WriteResult> later = new Later<>();
    TestNode node = node(entry);
    List<byte[]> bytes = keys.stream().map(k -> k.getBytes(UTF_8)).toList();
    WriteRequest request = new WriteRequest(bytes, kind, update.getBytes(UTF_8), past, w);
    node.loop.execute(() -> node.coordinator.write(request, later::set));
    return later;
  }

  Later<WriteResult> set(int entry, String key, String value) {
    return write(entry, key, Kind.PLAIN, "SET " + value);
  }

  Later<WriteResult> incr(int entry, String key) {
    return write(entry, key, Kind.READ_MODIFY_WRITE, "INCR");
  }

  Later<GetResult> get(int entry, String key) {
    return get(entry, key, 0);
  }

  Later<GetResult> get(int entry, String key, int r) {
    Later<GetResult> later = new Later<>();
    TestNode node = node(entry);
    GetRequest request = new GetRequest(key.getBytes(UTF_8), r);
    node.loop.execute(() -> node.coordinator.get(request, later::set));
    return later;
  }

  /** Lets time pass until the result is there. */
  <T> T await(Later<T> later) {
    if (!time.runUntil(later::isDone, LONG_MILLIS)) {
      throw new AssertionError("no answer");
    }
    return later.value;
  }

  String awaitReply(Later<WriteResult> later) {
    WriteResult result = await(later);
    if (result.failure() != null) {
      throw new AssertionError("failed: " + result.failure());
    }
    return new String(result.reply(), UTF_8);
  }

  /** The live values, in order. */
  List<String> values(GetResult result) {
    if (result.failure() != null) {
      throw new AssertionError("failed: " + result.failure());
    }
    return result.reading().live().stream()
        .map(s -> new String(s.value(), UTF_8))
        .sorted()
        .toList();
  }

  List<String> read(int entry, String key) {
    return values(await(get(entry, key)));
  }

  /** What one replica holds alive, by itself. */
  List<String> held(int number, String key) {
    List<String> held = new ArrayList<>();
    for (Sibling s : row(number, key).row().siblings()) {
      if (s.isLive(node(number).hybrid.nowMillis())) {
        held.add(new String(s.value(), UTF_8));
      }
    }
    return held;
  }

  StoredRow row(int number, String key) {
    return disks
        .get(names.get(number - 1))
        .getOrDefault(new Key(key.getBytes(UTF_8)), StoredRow.ABSENT);
  }

  long sentCount(Predicate<Sent> which) {
    return sent.stream().filter(which).count();
  }

  /** Lets all that is under way come to its end. */
  void settle() {
    time.advanceMillis(LONG_MILLIS);
  }

  /** Runs {@code action} once, when the first message for which it holds is sent. */
  void onFirst(Predicate<Sent> which, Consumer<Sent> action) {
    boolean[] seen = {false};
    Predicate<Sent> before = lost;
    lost =
        one -> {
          if (!seen[0] && which.test(one)) {
            seen[0] = true;
            action.accept(one);
          }
          return before.test(one);
        };
  }

  /** Loses the first message for which it holds. */
  void loseFirst(Predicate<Sent> which) {
    boolean[] seen = {false};
    lost =
        one -> {
          boolean first = !seen[0] && which.test(one);
          seen[0] |= first;
          return first;
        };
  }

  /** Nothing is left in any shard. */
  Map<NodeName, Integer> inFlight() {
    Map<NodeName, Integer> left = new LinkedHashMap<>();
    nodes.forEach(
        (name, node) -> {
          if (node.isUp && node.shard.inFlight() > 0) {
            left.put(name, node.shard.inFlight());
          }
        });
    return left;
  }
}
