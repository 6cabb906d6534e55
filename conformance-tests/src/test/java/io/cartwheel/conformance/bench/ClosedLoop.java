package io.cartwheel.conformance.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * Connections that each send so many commands at once, wait for all their replies, and send the
 * next: the load follows what the server can do. One thread. An error is counted and does not end
 * the run; a reply that does not come, or a connection that is lost, is an error for each command
 * that it leaves without a reply.
 */
public final class ClosedLoop {
  /** A reply that takes longer than this does not come. */
  private static final long DRAIN_SECONDS = 60;

  private static final long MAX_LATENCY_MICROS = TimeUnit.SECONDS.toMicros(2 * DRAIN_SECONDS);
  private static final int READ_BYTES = 256 * 1024;

  /** What is sent. */
  public interface Load {
    /**
     * Writes one command.
     *
     * @param connection its number, from 0
     * @param number of the command on that connection, from 0
     */
    void write(int connection, long number, CommandBuffer out);
  }

  /**
   * @param ports of 127.0.0.1; connections are spread over them
   * @param pipeline commands that a connection sends at once
   */
  public record Shape(List<Integer> ports, int connections, int pipeline) {}

  /**
   * When no more is sent; what comes first.
   *
   * @param nanos after the start
   * @param commands of all connections together, about
   */
  public record Until(long nanos, long commands) {
    public static Until seconds(int seconds) {
      return new Until(TimeUnit.SECONDS.toNanos(seconds), Long.MAX_VALUE);
    }

    public static Until commands(long commands) {
      return new Until(Long.MAX_VALUE, commands);
    }
  }

  /**
   * What came of it.
   *
   * @param replies errors included
   * @param nanos from the first command to the last reply
   * @param errors how often each text came
   * @param latencyMicros of each command, from when its pipeline was sent
   * @param sent on each connection, by its number
   */
  public record Result(
      long replies,
      long nanos,
      Map<String, Long> errors,
      Histogram latencyMicros,
      List<Long> sent) {
    public long errorCount() {
      return errors.values().stream().mapToLong(Long::longValue).sum();
    }

    public double perSecond() {
      return replies * 1e9 / Math.max(1, nanos);
    }
  }

  private final Shape shape;
  private final Load load;
  private final Until until;
  private final List<Connection> connections = new ArrayList<>();
  private final Map<String, Long> errors = new TreeMap<>();
  private final Histogram latencyMicros = new Histogram(MAX_LATENCY_MICROS, 3);
  private final ByteBuffer input = ByteBuffer.allocateDirect(READ_BYTES);
  private long begunNanos;
  private long lastReplyNanos;
  private long sent;
  private long replies;
  private int busy;

  private ClosedLoop(Shape shape, Load load, Until until) {
    this.shape = shape;
    this.load = load;
    this.until = until;
  }

  /** Connects, runs, waits for the last replies, and disconnects. */
  public static Result run(Shape shape, Load load, Until until) throws IOException {
    return new ClosedLoop(shape, load, until).run();
  }

  private Result run() throws IOException {
    try (Selector selector = Selector.open()) {
      try {
        for (int i = 0; i < shape.connections(); i++) {
          connections.add(new Connection(i, selector));
        }
        begunNanos = System.nanoTime();
        lastReplyNanos = begunNanos;
        for (Connection connection : connections) {
          connection.begin();
        }
        while (busy > 0) {
          selector.select(key -> ((Connection) key.attachment()).onReady(key), 1_000);
          if (System.nanoTime() - lastReplyNanos > TimeUnit.SECONDS.toNanos(DRAIN_SECONDS)) {
            connections.forEach(c -> c.lose("no reply within " + DRAIN_SECONDS + " s"));
          }
        }
      } finally {
        for (Connection connection : connections) {
          connection.channel.close();
        }
      }
    }
    return new Result(
        replies,
        lastReplyNanos - begunNanos,
        errors,
        latencyMicros,
        connections.stream().map(c -> c.number).toList());
  }

  private boolean goesOn() {
    return sent < until.commands && System.nanoTime() - begunNanos < until.nanos;
  }

  private final class Connection {
    private final int index;
    private final SocketChannel channel;
    private final SelectionKey key;
    private final CommandBuffer output = new CommandBuffer();
    private final ReplyScanner scanner = new ReplyScanner(this::onReply);
    private long number;
    private int awaited;
    private long sentNanos;

    Connection(int index, Selector selector) throws IOException {
      this.index = index;
      int port = shape.ports().get(index % shape.ports().size());
      channel = SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      channel.configureBlocking(false);
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      key = channel.register(selector, SelectionKey.OP_READ, this);
    }

    void begin() {
      busy++;
      sendNext();
    }

    private void sendNext() {
      if (!goesOn()) {
        busy--;
        return;
      }
      output.clear();
      for (int i = 0; i < shape.pipeline(); i++) {
        load.write(index, number, output);
        number++;
      }
      sent += shape.pipeline();
      awaited = shape.pipeline();
      sentNanos = System.nanoTime();
      try {
        flush();
      } catch (IOException e) {
        lose(e.toString());
      }
    }

    private void flush() throws IOException {
      channel.write(output.unsent());
      key.interestOps(
          output.unsent().hasRemaining()
              ? SelectionKey.OP_READ | SelectionKey.OP_WRITE
              : SelectionKey.OP_READ);
    }

    void onReady(SelectionKey ready) {
      if (awaited == 0 && !channel.isOpen()) {
        return;
      }
      try {
        if (ready.isWritable()) {
          flush();
        }
        if (ready.isReadable()) {
          read();
        }
      } catch (IOException e) {
        lose(e.toString());
      }
    }

    private void read() throws IOException {
      input.clear();
      if (channel.read(input) < 0) {
        lose("the connection was closed");
        return;
      }
      input.flip();
      boolean waited = awaited > 0;
      scanner.feed(input);
      if (waited && awaited == 0) {
        sendNext();
      }
    }

    private void onReply(String error) {
      if (awaited == 0) {
        throw new IllegalStateException("a reply to nothing");
      }
      awaited--;
      replies++;
      lastReplyNanos = System.nanoTime();
      latencyMicros.recordValue(Math.min(MAX_LATENCY_MICROS, (lastReplyNanos - sentNanos) / 1_000));
      if (error != null) {
        count(error, 1);
      }
    }

    private void lose(String reason) {
      if (channel.isOpen()) {
        count(reason, Math.max(1, awaited));
        busy -= awaited > 0 ? 1 : 0;
        awaited = 0;
        try {
          channel.close();
        } catch (IOException e) {
          count(e.toString(), 1);
        }
      }
    }
  }

  private void count(String error, long times) {
    errors.merge(error, times, Long::sum);
  }
}
