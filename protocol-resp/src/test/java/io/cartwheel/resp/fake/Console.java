package io.cartwheel.resp.fake;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.codahale.metrics.ExponentiallyDecayingReservoir;
import com.codahale.metrics.MetricRegistry;
import io.cartwheel.cluster.coordinate.Coordinator;
import io.cartwheel.cluster.node.RingView;
import io.cartwheel.cluster.ring.Keyspace;
import io.cartwheel.cluster.ring.Keyspaces;
import io.cartwheel.resp.command.Call;
import io.cartwheel.resp.command.Client;
import io.cartwheel.resp.command.CommandSpec;
import io.cartwheel.resp.command.CommandTable;
import io.cartwheel.resp.command.FrontMetrics;
import io.cartwheel.resp.command.ServerConfig;
import io.cartwheel.resp.command.ServerFacts;
import io.cartwheel.resp.command.Services;
import io.cartwheel.resp.command.catalogue.Commands;
import io.cartwheel.resp.command.update.Updates;
import io.cartwheel.resp.protocol.Reply;
import io.cartwheel.resp.protocol.RespEncoder;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * Runs commands one by one against an {@link InMemoryCoordinator}, without sockets: what a handler
 * answers, as RESP bytes. Writes go through the encoding of updates, as between nodes.
 */
public final class Console implements Services {
  public static final long START_MILLIS = 1_700_000_000_000L;
  private static final long REPLY_SECONDS = 10;
  public static final int MAX_VALUE_BYTES = 10_000;

  public final ManualClock clock = new ManualClock(START_MILLIS);
  public final FixedRing ring = new FixedRing(3, 16);
  public final InMemoryCoordinator coordinator;
  public final PartlyFailing faults;
  public final MetricRegistry metrics = new MetricRegistry();
  public final Map<String, String> settings = new TreeMap<>();
  private final FrontMetrics frontMetrics =
      new FrontMetrics(metrics, ExponentiallyDecayingReservoir::new);
  private final CommandTable commands = Commands.table();
  private final int version;

  /** One that speaks RESP2, with keyspaces {@code newest:} and {@code brief:} (10 s to live). */
  public Console() {
    this(2);
  }

  public Console(int version) {
    this.version = version;
    this.coordinator =
        new InMemoryCoordinator(
            new Updates(),
            new Keyspaces(
                List.of(
                    keyspace("", Keyspace.Conflicts.SIBLINGS, 0),
                    keyspace("newest:", Keyspace.Conflicts.NEWEST, 0),
                    keyspace("brief:", Keyspace.Conflicts.SIBLINGS, 10_000))),
            clock,
            3);
    this.faults = new PartlyFailing(coordinator);
    settings.put("maxmemory", "0");
    settings.put("timeout", "0");
  }

  private static Keyspace keyspace(String prefix, Keyspace.Conflicts conflicts, long ttlMillis) {
    return new Keyspace(prefix, 3, 2, 2, conflicts, ttlMillis, Keyspace.Fsync.EVERYSEC);
  }

  /** The reply as RESP, one char for each byte. */
  public String run(String... words) {
    byte[][] argv = Stream.of(words).map(word -> word.getBytes(ISO_8859_1)).toArray(byte[][]::new);
    return new String(RespEncoder.encode(reply(argv), version), ISO_8859_1);
  }

  /** As {@link #run}, of words with a space between each two, none in them. */
  public String line(String line) {
    return run(line.split(" ", -1));
  }

  public Reply reply(byte[]... argv) {
    CommandSpec spec = commands.resolve(argv);
    if (spec == null) {
      return Reply.err("unknown command");
    }
    if (!spec.fits(argv.length)) {
      return Reply.err("wrong number of arguments for '" + spec.name() + "' command");
    }
    ConsoleCall call = new ConsoleCall(argv, spec);
    spec.handler().execute(call);
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(REPLY_SECONDS);
    while (call.reply == null) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("no reply to " + spec.name());
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
    }
    return call.reply;
  }

  /** The token in the array that GET key CONTEXT answers. */
  public String token(String key) {
    Reply.Array array =
        (Reply.Array)
            reply(
                "GET".getBytes(ISO_8859_1),
                key.getBytes(ISO_8859_1),
                "CONTEXT".getBytes(ISO_8859_1));
    return new String(((Reply.Bulk) array.items().get(0)).bytes(), ISO_8859_1);
  }

  /** Makes a key with two live values, one and two. */
  public void conflict(String key) {
    String token = token(key);
    line("SET " + key + " one CONTEXT " + token);
    line("SET " + key + " two CONTEXT " + token);
  }

  private final class ConsoleCall implements Call {
    private final byte[][] argv;
    private final CommandSpec spec;
    private volatile Reply reply;

    ConsoleCall(byte[][] argv, CommandSpec spec) {
      this.argv = argv;
      this.spec = spec;
    }

    @Override
    public byte[][] argv() {
      return argv;
    }

    @Override
    public Client client() {
      throw new UnsupportedOperationException("there is no connection");
    }

    @Override
    public Services services() {
      return Console.this;
    }

    @Override
    public void reply(Reply answer) {
      if (reply != null) {
        throw new AssertionError("a second reply to " + spec.name());
      }
      reply = answer;
    }

    @Override
    public CommandSpec spec() {
      return spec;
    }
  }

  @Override
  public Coordinator coordinator() {
    return faults;
  }

  @Override
  public RingView ring() {
    return ring;
  }

  @Override
  public Clients clients() {
    return new Clients() {
      @Override
      public int count() {
        return 1;
      }

      @Override
      public List<String> infoLines(ClientFilter filter) {
        return List.of();
      }

      @Override
      public int kill(ClientFilter filter) {
        return 0;
      }
    };
  }

  @Override
  public ServerConfig config() {
    return new ServerConfig() {
      @Override
      public Map<String, String> all() {
        return new TreeMap<>(settings);
      }

      @Override
      public boolean knows(String name) {
        return settings.containsKey(name);
      }

      @Override
      public String immutable(String name, String value) {
        throw new UnsupportedOperationException("settings are tried on a real node");
      }

      @Override
      public Refusal set(Map<String, String> values) {
        throw new UnsupportedOperationException("settings are tried on a real node");
      }

      @Override
      public boolean passwordRequired() {
        return false;
      }

      @Override
      public boolean passwordMatches(byte[] candidate) {
        return false;
      }

      @Override
      public long maxValueSizeBytes() {
        return MAX_VALUE_BYTES;
      }

      @Override
      public int maxClients() {
        return 10;
      }
    };
  }

  @Override
  public MetricRegistry metrics() {
    return metrics;
  }

  @Override
  public FrontMetrics frontMetrics() {
    return frontMetrics;
  }

  @Override
  public CommandTable commands() {
    return commands;
  }

  @Override
  public ServerFacts facts() {
    return new ServerFacts("0.1.0", START_MILLIS, 7000, "0".repeat(40), "/data", "memory", "", 1);
  }
}
