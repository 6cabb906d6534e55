package io.cartwheel.conformance;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Clients that write and read all the time, each keys of its own and one command after the other,
 * so that each knows what it must find. What goes against that is a complaint.
 */
final class Load implements AutoCloseable {
  private static final int KEYS = 40;
  private static final int PIPELINE = 50;

  /** The value that a deletion without an answer may have left. */
  private static final String DELETED = "(deleted)";

  /** What a key held after its last acknowledged write, and what a write without an answer sent. */
  record Known(String acknowledged, String uncertain) {}

  /** Increments of one counter. */
  record Count(long acknowledged, long uncertain) {}

  private final Map<String, Known> known = new ConcurrentHashMap<>();
  private final Map<String, Count> counts = new ConcurrentHashMap<>();
  private final ConcurrentLinkedQueue<String> complaints = new ConcurrentLinkedQueue<>();
  private final List<Thread> threads = new ArrayList<>();
  private final AtomicLong operations = new AtomicLong();
  private final AtomicLong longestNanos = new AtomicLong();
  private final AtomicLong siblings = new AtomicLong();
  private volatile boolean maySeeSiblings;
  private volatile boolean stopped;

  private interface Work {
    /** One step, over connections to the given ports, that may break. */
    void step(List<RawClient> clients, int round) throws IOException;
  }

  /** Plain SET, GET and DEL, each command through another of the entry nodes. */
  Load plain(String prefix, int... ports) {
    return run(
        prefix,
        ports,
        (clients, round) -> {
          String key = prefix + round % KEYS;
          RawClient writer = clients.get(round % clients.size());
          RawClient reader = clients.get((round + 1) % clients.size());
          String value = "v" + round;
          set(writer, key, value);
          expect("$" + value.length() + " " + value, reader, "GET", key);
          if (round % 10 == 9) {
            known.compute(key, (k, old) -> uncertain(old, DELETED));
            expect(":1", reader, "DEL", key);
            known.remove(key);
            expect("$-1", writer, "GET", key);
          }
        });
  }

  /** Pipelines of SET and GET, answered in order. */
  Load pipelined(String prefix, int... ports) {
    return run(
        prefix,
        ports,
        (clients, round) -> {
          RawClient client = clients.get(round % clients.size());
          ByteArrayOutputStream frames = new ByteArrayOutputStream();
          for (int i = 0; i < PIPELINE; i++) {
            frames.writeBytes(RawClient.encode("SET", prefix + i % KEYS, "r" + round + "." + i));
            frames.writeBytes(RawClient.encode("GET", prefix + i % KEYS));
          }
          for (int i = 0; i < Math.min(KEYS, PIPELINE); i++) {
            known.compute(prefix + i, (k, old) -> uncertain(old, "any of round " + round));
          }
          long start = System.nanoTime();
          client.sendRaw(frames.toByteArray());
          for (int i = 0; i < PIPELINE; i++) {
            String key = prefix + i % KEYS;
            String value = "r" + round + "." + i;
            check("+OK", RawClient.shown(client.read()), "SET " + key);
            check("$" + value.length() + " " + value, RawClient.shown(client.read()), "GET " + key);
            boolean last = i + KEYS >= PIPELINE;
            known.put(key, new Known(value, last ? null : "any of round " + round));
          }
          took(start, 2 * PIPELINE);
        });
  }

  /** INCR of one counter. */
  Load increments(String key, int... ports) {
    counts.put(key, new Count(0, 0));
    return run(
        key,
        ports,
        (clients, round) -> {
          counts.computeIfPresent(key, (k, c) -> new Count(c.acknowledged, c.uncertain + 1));
          long start = System.nanoTime();
          String reply = clients.get(round % clients.size()).ask("INCR", key);
          took(start, 1);
          if (reply.startsWith(":")) {
            Count now =
                counts.computeIfPresent(
                    key, (k, c) -> new Count(c.acknowledged + 1, c.uncertain - 1));
            long value = Long.parseLong(reply.substring(1));
            if (value < now.acknowledged || value > now.acknowledged + now.uncertain) {
              complaints.add("INCR " + key + " answered " + reply + " after " + now);
            }
          } else if (!reply.matches("-NOQUORUM .*; the write may still take effect")) {
            complaints.add("INCR " + key + " answered " + reply);
          }
        });
  }

  private Load run(String name, int[] ports, Work work) {
    Thread thread =
        new Thread(
            () -> {
              int round = 0;
              while (!stopped && complaints.size() < 20) {
                try (Connections connections = new Connections(ports)) {
                  while (!stopped && complaints.size() < 20) {
                    work.step(connections.clients, round);
                    round++;
                  }
                } catch (IOException e) {
                  // Of a node that was killed with all others; only such loads may meet it.
                  if (!stopped) {
                    complaints.add(name + ": " + e);
                  }
                  return;
                }
              }
            },
            "load " + name);
    threads.add(thread);
    thread.start();
    return this;
  }

  private void set(RawClient client, String key, String value) throws IOException {
    known.compute(key, (k, old) -> uncertain(old, value));
    expect("+OK", client, "SET", key, value);
    known.put(key, new Known(value, null));
  }

  private static Known uncertain(Known old, String value) {
    return new Known(old == null ? null : old.acknowledged, value);
  }

  private void expect(String reply, RawClient client, String... words) throws IOException {
    long start = System.nanoTime();
    String found = client.ask(words);
    took(start, 1);
    check(reply, found, String.join(" ", words));
  }

  private void check(String expected, String found, String command) {
    if (!expected.equals(found) && !isAmongSiblings(expected, found)) {
      complaints.add(command + " answered " + found + " instead of " + expected);
    }
  }

  private void took(long startNanos, int commands) {
    operations.addAndGet(commands);
    longestNanos.accumulateAndGet(System.nanoTime() - startNanos, Math::max);
  }

  /** Waits for so many more operations. */
  void awaitMore(int count) {
    long goal = operations.get() + count;
    Await.until(
        count + " more operations",
        60_000,
        () -> operations.get() >= goal || !complaints.isEmpty());
  }

  /** Forgets the longest operation so far. */
  void resetLongest() {
    longestNanos.set(0);
  }

  long longestMillis() {
    return TimeUnit.NANOSECONDS.toMillis(longestNanos.get());
  }

  /** No more steps; from now on connections may break. */
  void stop() {
    stopped = true;
    for (Thread thread : threads) {
      try {
        thread.join(TimeUnit.SECONDS.toMillis(60));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    System.out.println(
        operations
            + " operations, the longest of them "
            + longestMillis()
            + " ms, "
            + siblings
            + " replies of siblings");
  }

  /**
   * From now on a node stands still. The README: "While nodes fail, stand still or lose sight of
   * each other, plain writes of one key, too, may become siblings". The last value is among them.
   */
  void expectSiblings() {
    maySeeSiblings = true;
  }

  /** Says, before all nodes are killed, that connections will break. */
  void expectBreaks() {
    stopped = true;
  }

  List<String> complaints() {
    return List.copyOf(complaints);
  }

  /** What is wrong with what this node now answers for all keys and counters. */
  List<String> check(int port) throws IOException {
    List<String> wrong = new ArrayList<>();
    try (RawClient client = new RawClient(port)) {
      for (Map.Entry<String, Known> entry : known.entrySet()) {
        String key = entry.getKey();
        String found = client.call("GET", key);
        Known expected = entry.getValue();
        String last = entry.getValue().acknowledged;
        if (last != null
            && isAmongSiblings("$" + last.length() + " " + last, RawClient.shown(found))) {
          continue;
        }
        if (found.startsWith("*") || found.startsWith("-")) {
          wrong.add("GET " + key + " answers " + RawClient.shown(found) + ", not " + expected);
          continue;
        }
        String value = RawClient.text(found);
        boolean fits =
            expected.uncertain == null
                ? expected.acknowledged.equals(value)
                : value == null
                    ? expected.acknowledged == null || expected.uncertain.equals(DELETED)
                    : value.equals(expected.acknowledged) || isUncertain(expected, value);
        if (!fits) {
          wrong.add("GET " + key + " answers " + value + ", not " + expected);
        }
      }
      for (Map.Entry<String, Count> entry : counts.entrySet()) {
        String reply = client.ask("INCRBY", entry.getKey(), "0");
        Count count = entry.getValue();
        long value = reply.startsWith(":") ? Long.parseLong(reply.substring(1)) : -1;
        if (value < count.acknowledged || value > count.acknowledged + count.uncertain) {
          wrong.add(entry.getKey() + " answers " + reply + ", not " + count);
        }
      }
    }
    return wrong;
  }

  private boolean isAmongSiblings(String bulk, String found) {
    boolean isAmong =
        maySeeSiblings
            && bulk.startsWith("$")
            && found.startsWith("*")
            && (found + " ").contains(" " + bulk + " ");
    siblings.addAndGet(isAmong ? 1 : 0);
    return isAmong;
  }

  private static boolean isUncertain(Known expected, String value) {
    String prefix = "any of round ";
    return expected.uncertain.startsWith(prefix)
        ? value.startsWith("r" + expected.uncertain.substring(prefix.length()) + ".")
        : value.equals(expected.uncertain);
  }

  int keys() {
    return known.size();
  }

  @Override
  public void close() {
    stop();
  }

  /** One connection to each port. */
  private static final class Connections implements AutoCloseable {
    final List<RawClient> clients = new ArrayList<>();

    Connections(int... ports) throws IOException {
      for (int port : ports) {
        clients.add(new RawClient(port));
      }
    }

    @Override
    public void close() throws IOException {
      for (RawClient client : clients) {
        client.close();
      }
    }
  }
}
