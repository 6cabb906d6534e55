package io.cartwheel.conformance;

import io.cartwheel.conformance.history.Operation;
import io.cartwheel.conformance.history.Operation.Outcome;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Clients that use registers, locks, carts and counters that they share, and whose operations are
 * recorded. They rest between two operations, so that two cores suffice. A lock that somebody may
 * have taken, a cart or a counter grows useless with time: of these there are new ones every few
 * seconds.
 */
final class HistoryClients implements AutoCloseable {
  private static final int CLIENTS = 8;
  private static final int REGISTERS = 6;
  private static final int SHARED_AT_ONCE = 2;
  private static final int LOCK_LIFE_MILLIS = 1_500;
  private static final int LIFE_MILLIS = 5_000;
  private static final int LONGEST_REST_MILLIS = 30;

  private final HistoryLog log;
  private final ConcurrentLinkedQueue<String> complaints = new ConcurrentLinkedQueue<>();
  private final List<Thread> threads = new ArrayList<>();
  private volatile boolean stopped;

  HistoryClients(List<TestNode> nodes, HistoryLog log, SplittableRandom random) {
    this.log = log;
    for (int i = 0; i < CLIENTS; i++) {
      SplittableRandom draws = random.split();
      RecordingClient client = new RecordingClient("c" + i, nodes, log, complaints, random.split());
      threads.add(new Thread(() -> new User(client, draws).run(), client.name()));
    }
    threads.forEach(Thread::start);
  }

  /** Ends the clients. */
  void stop() {
    stopped = true;
    for (Thread thread : threads) {
      try {
        thread.join(TimeUnit.SECONDS.toMillis(60));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Replies that no fault explains, and clients that have ended. */
  List<String> complaints() {
    return List.copyOf(complaints);
  }

  @Override
  public void close() {
    stopped = true;
  }

  private final class User {
    private final RecordingClient client;
    private final SplittableRandom random;
    private int values;

    User(RecordingClient client, SplittableRandom random) {
      this.client = client;
      this.random = random;
    }

    void run() {
      try (client) {
        while (!stopped) {
          try {
            step();
          } catch (IOException e) {
            // Nothing was sent: the node is down, and will be back.
          }
          rest();
        }
      } catch (RuntimeException e) {
        complaints.add(client.name() + " ended with " + e);
      }
    }

    private void step() throws IOException {
      switch (random.nextInt(5)) {
        case 0 -> useLock(shared("lock", LOCK_LIFE_MILLIS));
        case 1 -> addToCart(shared("cart", LIFE_MILLIS));
        case 2 -> count(shared("counter", LIFE_MILLIS));
        default -> useRegister("register:" + random.nextInt(REGISTERS));
      }
    }

    /** The key of one of the things of a kind that are in use now. */
    private String shared(String kind, long lifeMillis) {
      long generation = TimeUnit.MICROSECONDS.toMillis(log.micros()) / lifeMillis;
      return kind + ":" + generation + "." + random.nextInt(SHARED_AT_ONCE);
    }

    private String newValue() {
      values++;
      return client.name() + "." + values;
    }

    private void rest() {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1 + random.nextInt(LONGEST_REST_MILLIS)));
    }

    private void useRegister(String key) throws IOException {
      int draw = random.nextInt(10);
      if (draw < 4) {
        client.set(key, newValue());
      } else if (draw < 5) {
        client.delete(key);
      } else {
        client.get(key);
      }
    }

    /** Takes it, holds it for a moment, and releases it. */
    private void useLock(String key) throws IOException {
      String value = newValue();
      Operation taken = client.setIfAbsent(key, value);
      boolean isMine = taken.answered("1");
      if (isMine) {
        rest();
      }
      if (taken.outcome() == Outcome.UNKNOWN || random.nextInt(3) == 0) {
        isMine |= client.get(key).result().equals(List.of(value));
      }
      if (isMine) {
        client.delete(key);
      }
    }

    private void addToCart(String key) throws IOException {
      Operation read = client.getWithToken(key);
      if (read.isOk()) {
        TreeSet<String> items = new TreeSet<>();
        read.result().forEach(value -> items.addAll(List.of(value.split(","))));
        String item = newValue();
        items.add(item);
        client.add(key, item, String.join(",", items));
      }
    }

    private void count(String key) throws IOException {
      if (random.nextInt(5) == 0) {
        client.get(key);
      } else {
        client.increment(key);
      }
    }
  }
}
