package io.cartwheel.conformance;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;

/**
 * Clients that set keys of their own to greater and greater numbers until their node is gone, and
 * when each number was acknowledged to them. Afterwards {@link #lost} says what a node no longer
 * knows of it.
 */
final class DatedWrites implements AutoCloseable {
  private static final int KEYS = 50;
  private static final int PIPELINE = 10;
  private static final long UNACKNOWLEDGED = Long.MAX_VALUE;

  private final List<Client> clients = new ArrayList<>();
  private final AtomicLong acknowledged = new AtomicLong();
  private volatile boolean stopped;

  /**
   * A value that was acknowledged, of which and of all later ones the node knows nothing.
   *
   * @param by who acknowledged it
   */
  record Lost(TestNode by, String key, long value, long acknowledgedNanos, String found) {}

  /** A client of this node with keys of this prefix. */
  DatedWrites client(String prefix, TestNode node) {
    return client(IntStream.range(0, KEYS).mapToObj(i -> prefix + i).toList(), node);
  }

  /** A client of this node with those keys of this prefix of which {@code owner} is the first. */
  DatedWrites client(String prefix, TestNode owner, TestNode node) throws IOException {
    List<String> all = IntStream.range(0, 20 * KEYS).mapToObj(i -> prefix + i).toList();
    List<List<Integer>> owners = Replicas.owners(node, all);
    List<String> keys =
        IntStream.range(0, all.size())
            .filter(i -> owners.get(i).get(0) == owner.port())
            .mapToObj(all::get)
            .limit(KEYS)
            .toList();
    if (keys.size() < KEYS) {
      throw new IllegalStateException(owner.port() + " has only " + keys.size() + " keys");
    }
    return client(keys, node);
  }

  private DatedWrites client(List<String> keys, TestNode node) {
    Client client = new Client(keys, node);
    clients.add(client);
    client.start();
    return this;
  }

  private final class Client extends Thread {
    private final List<String> keys;
    private final TestNode node;
    private int sent;

    /** By number, as of {@link System#nanoTime}. */
    private long[] acknowledgedNanos = new long[1 << 10];

    Client(List<String> keys, TestNode node) {
      super("client of " + node.port());
      this.keys = keys;
      this.node = node;
      Arrays.fill(acknowledgedNanos, UNACKNOWLEDGED);
    }

    String key(int number) {
      return keys.get(number % KEYS);
    }

    @Override
    public void run() {
      try (RawClient connection = new RawClient(node.port())) {
        while (!stopped) {
          step(connection);
        }
      } catch (IOException e) {
        // The node is without power.
        return;
      }
    }

    private void step(RawClient connection) throws IOException {
      ByteArrayOutputStream frames = new ByteArrayOutputStream();
      int first = sent;
      for (int i = 0; i < PIPELINE; i++) {
        frames.writeBytes(RawClient.encode("SET", key(sent), Integer.toString(sent)));
        sent++;
      }
      if (sent > acknowledgedNanos.length) {
        int length = acknowledgedNanos.length;
        acknowledgedNanos = Arrays.copyOf(acknowledgedNanos, 2 * length);
        Arrays.fill(acknowledgedNanos, length, 2 * length, UNACKNOWLEDGED);
      }
      connection.sendRaw(frames.toByteArray());
      for (int i = first; i < sent; i++) {
        if (connection.read().equals("+OK\r\n")) {
          acknowledgedNanos[i] = System.nanoTime();
          acknowledged.incrementAndGet();
        }
      }
    }

    /** The first acknowledged number after {@code found} of one key, of those that are lost. */
    void lost(int firstNumber, long found, List<String> values, List<Lost> lost) {
      for (int n = firstNumber; n < sent; n += KEYS) {
        if (n > found && acknowledgedNanos[n] != UNACKNOWLEDGED) {
          lost.add(new Lost(node, key(n), n, acknowledgedNanos[n], String.valueOf(values)));
          return;
        }
      }
    }
  }

  /** Waits for so many more acknowledged writes. */
  void awaitMore(int count) {
    long goal = acknowledged.get() + count;
    Await.quietly(count + " more acknowledged writes", 60_000, () -> acknowledged.get() >= goal);
  }

  long acknowledged() {
    return acknowledged.get();
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
  }

  /**
   * What was acknowledged and is gone: of each key the first value that is. The clients are
   * stopped.
   */
  List<Lost> lost(TestNode at) throws IOException {
    List<Lost> lost = new ArrayList<>();
    for (Client client : clients) {
      List<String> keys = client.keys.subList(0, Math.min(KEYS, client.sent));
      List<List<String>> found = answers(at, keys);
      for (int i = 0; i < keys.size(); i++) {
        List<String> values = found.get(i);
        long greatest = values.stream().mapToLong(Long::parseLong).max().orElse(-1);
        client.lost(i, greatest, values, lost);
      }
    }
    return lost;
  }

  /** The values of all keys; a node that has just been started may answer errors for a while. */
  private static List<List<String>> answers(TestNode at, List<String> keys) {
    List<List<String>> found = new ArrayList<>();
    Await.quietly(
        at.port() + " answers for " + keys.size() + " keys",
        60_000,
        () -> {
          found.clear();
          found.addAll(Replicas.valuesAt(at, keys, 0));
          return !found.contains(null);
        });
    return found;
  }

  @Override
  public void close() {
    stop();
  }
}
