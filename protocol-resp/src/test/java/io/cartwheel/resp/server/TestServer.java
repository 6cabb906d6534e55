package io.cartwheel.resp.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.codahale.metrics.MetricRegistry;
import com.codahale.metrics.UniformReservoir;
import io.cartwheel.cluster.transport.NettyLoops;
import io.cartwheel.cluster.transport.SystemClock;
import io.cartwheel.resp.command.Call;
import io.cartwheel.resp.command.CommandSpec;
import io.cartwheel.resp.command.CommandSpec.Order;
import io.cartwheel.resp.command.CommandTable;
import io.cartwheel.resp.command.ServerFacts;
import io.cartwheel.resp.command.catalogue.Commands;
import io.cartwheel.resp.command.update.Updates;
import io.cartwheel.resp.fake.FakeConfig;
import io.cartwheel.resp.fake.FixedRing;
import io.cartwheel.resp.fake.InMemoryCoordinator;
import io.cartwheel.resp.protocol.Reply;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * A server on a free port, with all commands and some more: HOLD key and HOLDMANY key... (writes),
 * PEEK key (a read) and HOLDALL are answered when the test says so; BIG n answers n bytes; BOOM
 * throws; LATER throws and answers afterwards.
 */
final class TestServer implements AutoCloseable {
  private static final long DEADLINE_SECONDS = 10;

  final FakeConfig config = new FakeConfig();
  final MetricRegistry metrics = new MetricRegistry();
  final InMemoryCoordinator coordinator = new InMemoryCoordinator(new Updates());
  final AtomicReference<Throwable> broken = new AtomicReference<>();
  final NettyLoops loops = new NettyLoops(2, broken::set);
  final RespServer server;
  final InetSocketAddress address;
  private final Queue<Call> held = new ConcurrentLinkedQueue<>();

  TestServer() throws IOException {
    this(ServerLimits.of(512L << 20, 2, 1_000));
  }

  TestServer(ServerLimits limits) throws IOException {
    List<CommandSpec> all = new ArrayList<>(Commands.table().all());
    all.add(CommandSpec.command("hold", 2).flags("write").key("RW").build("", held::add));
    all.add(
        CommandSpec.command("holdmany", -2)
            .flags("write")
            .keys(1, -1, 1, "RW")
            .build("", held::add));
    all.add(CommandSpec.command("peek", 2).flags("readonly").key("RO").build("", held::add));
    all.add(CommandSpec.command("holdall", 1).order(Order.ALL).build("", held::add));
    all.add(CommandSpec.command("boom", 1).build("", TestServer::boom));
    all.add(CommandSpec.command("later", 1).build("", TestServer::later));
    all.add(CommandSpec.command("big", 2).build("", TestServer::big));
    server =
        new RespServer(
            new Backend(
                coordinator,
                new FixedRing(3, 16),
                config,
                new ServerFacts("test", 0, 0, "0".repeat(40), "", "memory", "", 2),
                metrics,
                UniformReservoir::new,
                new SystemClock()),
            new CommandTable(all),
            loops,
            limits);
    address = server.listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
  }

  private static void boom(Call call) {
    throw new IllegalStateException("as the test wants it");
  }

  private static void later(Call call) {
    new Thread(() -> call.reply(Reply.OK)).start();
    throw new IllegalStateException("as the test wants it");
  }

  private static void big(Call call) {
    call.reply(Reply.bulk(new byte[Integer.parseInt(new String(call.arg(1), ISO_8859_1))]));
  }

  RawClient client() throws IOException {
    return new RawClient(address);
  }

  /** The words of the calls that are held, in the order in which they began. */
  List<String> held() {
    List<String> words = new ArrayList<>();
    for (Call call : held) {
      words.add(
          call.spec().name() + (call.argc() > 1 ? " " + new String(call.arg(1), ISO_8859_1) : ""));
    }
    return words;
  }

  /** Waits until so many calls are held. */
  void awaitHeld(int count) {
    await(() -> held.size() == count);
  }

  /** Answers a held call, from this thread. */
  void answer(int index, String text) {
    Call call = new ArrayList<>(held).get(index);
    held.remove(call);
    call.reply(Reply.bulk(text));
  }

  static void await(BooleanSupplier condition) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(DEADLINE_SECONDS);
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("not within " + DEADLINE_SECONDS + " s");
      }
      LockSupport.parkNanos(200_000);
    }
  }

  @Override
  public void close() {
    server.close(2000);
    loops.close();
    if (broken.get() != null) {
      throw new AssertionError("a loop broke", broken.get());
    }
  }
}
