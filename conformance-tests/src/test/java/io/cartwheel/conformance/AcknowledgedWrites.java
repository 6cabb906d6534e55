package io.cartwheel.conformance;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Clients that write under faults, and the history of what was acknowledged to them. Each has one
 * connection to one node, and goes on through errors and broken connections. Two kinds: numbers,
 * keys that one client alone sets to greater and greater numbers; and carts, to which several
 * clients add things, reading, merging and writing with the token of what they read.
 *
 * <p>Afterwards {@link #missing} says what a node no longer knows of it.
 */
final class AcknowledgedWrites implements AutoCloseable {
  /** Of each client: many, so that a fault leaves much to repair. */
  private static final int NUMBERS = 300;

  private static final int ADDS_PER_CART = 10;

  /** A client rests so long between two commands: the machine has other things to do. */
  private static final long REST_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  private static final int RECONNECT_MILLIS = 20;

  /** A key of numbers: the last that was acknowledged, and the last that was sent. */
  private record Number(long acknowledged, long sent) {}

  private final Map<String, Number> numbers = new ConcurrentSkipListMap<>();
  private final Map<String, Set<String>> carts = new ConcurrentSkipListMap<>();
  private final ConcurrentLinkedQueue<String> complaints = new ConcurrentLinkedQueue<>();
  private final Map<String, AtomicLong> errors = new ConcurrentSkipListMap<>();
  private final List<Client> clients = new ArrayList<>();
  private final AtomicLong acknowledged = new AtomicLong();
  private volatile boolean stopped;

  /** A client that sets keys of its own to greater and greater numbers. */
  AcknowledgedWrites numbers(String prefix, int port) {
    return run(
        port,
        (connection, round) -> {
          String key = prefix + round % NUMBERS;
          long value = round / NUMBERS + 1L;
          numbers.merge(
              key, new Number(0, value), (old, now) -> new Number(old.acknowledged, value));
          if (isOk(connection.ask("SET", key, Long.toString(value)))) {
            numbers.put(key, new Number(value, value));
            return true;
          }
          return false;
        });
  }

  /** A client that adds to carts; others of the same prefix add to the same ones. */
  AcknowledgedWrites carts(String prefix, int port) {
    String client = "c" + clients.size();
    return run(
        port,
        (connection, round) -> {
          String key = prefix + round / ADDS_PER_CART;
          String item = client + "." + round;
          String reply = connection.call("GET", key, "CONTEXT");
          if (!reply.startsWith("*")) {
            return isOk(RawClient.shown(reply));
          }
          List<String> read = RawClient.elements(reply).stream().map(RawClient::text).toList();
          Set<String> cart = new TreeSet<>(things(read.subList(1, read.size())));
          cart.add(item);
          if (isOk(connection.ask("SET", key, String.join(",", cart), "CONTEXT", read.get(0)))) {
            carts.computeIfAbsent(key, k -> ConcurrentHashMap.newKeySet()).add(item);
            return true;
          }
          return false;
        });
  }

  private boolean isOk(String reply) {
    if (reply.equals("+OK")) {
      acknowledged.incrementAndGet();
      return true;
    }
    if (!reply.startsWith("-")) {
      complaints.add("answered " + reply);
    }
    String word = reply.split(" ", 2)[0];
    errors.computeIfAbsent(word, w -> new AtomicLong()).incrementAndGet();
    return false;
  }

  private static Set<String> things(List<String> values) {
    Set<String> things = new TreeSet<>();
    values.forEach(value -> Collections.addAll(things, value.split(",")));
    return things;
  }

  private interface Work {
    /** One step; returns whether it was acknowledged. */
    boolean step(RawClient connection, int round) throws IOException;
  }

  private AcknowledgedWrites run(int port, Work work) {
    Client client = new Client(port, work);
    clients.add(client);
    client.start();
    return this;
  }

  private final class Client extends Thread {
    private final int port;
    private final Work work;
    private volatile long lastNanos = System.nanoTime();
    private volatile long longestNanos;

    Client(int port, Work work) {
      super("client of " + port);
      this.port = port;
      this.work = work;
    }

    @Override
    public void run() {
      int round = 0;
      while (!stopped) {
        try (RawClient connection = new RawClient(port)) {
          while (!stopped) {
            boolean succeeded = work.step(connection, round++);
            if (succeeded) {
              longestNanos = Math.max(longestNanos, gapNanos());
              lastNanos = System.nanoTime();
            }
            LockSupport.parkNanos(REST_NANOS);
          }
        } catch (IOException e) {
          // The node is down, and will be back.
          LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(RECONNECT_MILLIS));
        } catch (RuntimeException e) {
          complaints.add("a client of " + port + " ended with " + e);
          return;
        }
      }
    }

    long gapNanos() {
      return System.nanoTime() - lastNanos;
    }
  }

  /** Forgets the longest gaps so far. */
  void resetGaps() {
    for (Client client : clients) {
      client.lastNanos = System.nanoTime();
      client.longestNanos = 0;
    }
  }

  /** The longest time in ms that a client of this node has been without an acknowledgement. */
  long longestGapMillis(TestNode node) {
    long longest = 0;
    for (Client client : clients) {
      if (client.port == node.port()) {
        longest = Math.max(longest, Math.max(client.longestNanos, client.gapNanos()));
      }
    }
    return TimeUnit.NANOSECONDS.toMillis(longest);
  }

  /** Waits for so many more acknowledged writes. */
  void awaitMore(int count) {
    long goal = acknowledged.get() + count;
    Await.quietly(
        count + " more acknowledged writes; errors " + errors,
        60_000,
        () -> acknowledged.get() >= goal || !complaints.isEmpty());
  }

  /** Ends the clients; what was sent last has been answered, or never will be. */
  void stop() {
    stopped = true;
    for (Client client : clients) {
      try {
        client.join(TimeUnit.SECONDS.toMillis(60));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    System.out.println(
        acknowledged + " writes acknowledged on " + keys().size() + " keys; errors " + errors);
  }

  /** Replies that no fault explains. */
  List<String> complaints() {
    return List.copyOf(complaints);
  }

  List<String> keys() {
    List<String> keys = new ArrayList<>(numbers.keySet());
    keys.addAll(carts.keySet());
    return keys;
  }

  /** What was acknowledged and is not among what this node answers; a line for each key. */
  List<String> missing(TestNode node) throws IOException {
    List<String> keys = keys();
    List<List<String>> found = Replicas.valuesAt(node, keys, 0);
    List<String> missing = new ArrayList<>();
    for (int i = 0; i < keys.size(); i++) {
      String key = keys.get(i);
      List<String> values = found.get(i);
      if (values == null) {
        missing.add(key + ": no answer");
      } else if (carts.containsKey(key)) {
        Set<String> lost = new TreeSet<>(carts.get(key));
        lost.removeAll(things(values));
        if (!lost.isEmpty()) {
          missing.add(key + " lacks " + lost + " in " + values);
        }
      } else {
        Number number = numbers.get(key);
        long greatest = values.stream().mapToLong(Long::parseLong).max().orElse(0);
        if (greatest < number.acknowledged || greatest > number.sent) {
          missing.add(key + " is " + values + ", not " + number);
        }
      }
    }
    return missing;
  }

  /** How many keys of numbers have more than one value at this node. */
  long numbersWithSiblings(TestNode node) throws IOException {
    return Replicas.valuesAt(node, List.copyOf(numbers.keySet()), 0).stream()
        .filter(values -> values != null && values.size() > 1)
        .count();
  }

  @Override
  public void close() {
    stopped = true;
  }
}
