package io.cartwheel.resp.server;

import io.cartwheel.cluster.environment.EventLoop;
import io.cartwheel.resp.command.Client.ReplyMode;
import io.cartwheel.resp.command.CommandSpec;
import io.cartwheel.resp.command.CommandSpec.Order;
import io.cartwheel.resp.command.FrontMetrics;
import io.cartwheel.resp.command.Services;
import io.cartwheel.resp.command.Words;
import io.cartwheel.resp.protocol.Reply;
import io.cartwheel.resp.protocol.RespDecoder;
import io.cartwheel.resp.protocol.RespLimits;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.concurrent.Future;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client's connection: reads its commands, lets each run when {@link CommandOrder} allows, and
 * sends the replies in the order of the commands. On its loop, where nothing is said.
 *
 * <p>It stops reading while too many commands are pending or the client does not take its replies,
 * and goes on when there is room again.
 */
final class Session {
  private static final Logger LOG = LoggerFactory.getLogger(Session.class);
  private static final long NANOS_PER_MICRO = 1000;
  private static final long NANOS_PER_MILLI = 1_000_000;

  /** A connection whose turn has not come and that has sent so much is not read meanwhile. */
  private static final int UNPARSED_BYTES = 16 * 1024;

  /** So long a client may take to take its last replies. */
  private static final int CLOSE_SECONDS = 10;

  private final Channel channel;
  private final LoopShare share;
  private final NodeServices services;
  private final SessionRegistry registry;
  private final ReadGate gate;
  private final FrontMetrics metrics;
  private final ClientState client;
  private final RespLimits wordLimits;
  private final RespDecoder decoder;
  private final SessionOutput output;
  private final CommandOrder order = new CommandOrder();
  private final ArrayDeque<PendingCall> pending = new ArrayDeque<>();
  private long pendingBytes;
  private long waitingReplyBytes;

  private PendingCall executing;
  private boolean running;
  private boolean replyOff;
  private boolean skipNext;
  private boolean readingPaused;

  /** Whether its turn to begin commands will come. */
  private boolean waiting;

  /** Whether it has something to read, and will be called once there is room for it. */
  private boolean starved;

  /** Whether all bytes that have come are parsed, up to a command that is not complete. */
  private boolean parsedAll = true;

  private boolean finishing;

  /** Whether the client has said, in good order, that it sends no more. */
  private boolean saidAll;

  private volatile boolean closing;

  /** Whether the connection was broken or killed: what has not begun does not begin. */
  private volatile boolean gone;

  /** Whether what had not begun has been dropped since. */
  private boolean dropped;

  private int secondsClosing;

  Session(
      Channel channel,
      LoopShare share,
      NodeServices services,
      SessionRegistry registry,
      ServerLimits limits,
      String address,
      String localAddress) {
    this.channel = channel;
    this.share = share;
    this.services = services;
    this.registry = registry;
    this.gate = new ReadGate(limits);
    this.metrics = services.frontMetrics();
    this.client = new ClientState(this, registry.nextId(), address, localAddress, nowMillis());
    client.authenticated(!services.config().passwordRequired());
    this.wordLimits =
        RespLimits.of(
            services.config().maxValueSizeBytes(), services.config().protoMaxBulkLenBytes());
    this.decoder = new RespDecoder(wordLimits, () -> !client.isAuthenticated());
    this.output = new SessionOutput(channel, share.loop, metrics, this::onOutputSent);
  }

  ClientState client() {
    return client;
  }

  Services services() {
    return services;
  }

  EventLoop loop() {
    return share.loop;
  }

  long nowMillis() {
    return services.clock().wallMillis();
  }

  /** From any thread, each number as of some moment. */
  ClientMemory memory() {
    return new ClientMemory(
        decoder.queryBytes(),
        decoder.freeBytes(),
        decoder.wordBytes() + pendingBytes,
        output.waitingBytes(),
        waitingReplyBytes);
  }

  void onOpen() {
    registry.add(this);
    share.sessions.add(this);
  }

  /** Bytes have come. */
  void onBytes(ByteBuf bytes) {
    metrics.inputBytes().inc(bytes.readableBytes());
    if (!closing) {
      decoder.feed(bytes);
      parsedAll = false;
      if (waiting || starved) {
        pauseOrResume();
      } else {
        await();
      }
    }
  }

  /**
   * The connection is gone; what still runs is answered into nothing. What has not begun never does
   * where it broke: by then its client may have sent it again elsewhere, and later commands after
   * it. Where the client had said before that this is all, it may have closed without waiting for
   * replies, and all is carried out.
   */
  void onClosed() {
    if (!saidAll) {
      gone = true;
    }
    if (gone) {
      closing = true;
      dropUnbegun();
    }
    registry.leave(this);
    share.sessions.remove(this);
  }

  /** The client sends no more; what it has sent is answered, then the connection is closed. */
  void onInputEnd() {
    saidAll = true;
    finish();
  }

  /** Calls {@code action} when the connection is closed. From any thread. */
  void onceClosed(Runnable action) {
    channel.closeFuture().addListener(done -> action.run());
  }

  /** Closes the connection at once. From any thread. */
  void disconnect() {
    closing = true;
    gone = true;
    Future<?> unused = channel.close();
  }

  /** No more bytes are read; what was read is answered, then the connection is closed. */
  void finish() {
    finishing = true;
    channel.config().setAutoRead(false);
    await();
  }

  /** Closes the connection once the replies so far have left. */
  void closeAfterReplies() {
    closing = true;
    channel.config().setAutoRead(false);
  }

  /**
   * CLIENT KILL: at once, but for replies that can still leave at once; what has not begun does not
   * begin. From any thread.
   */
  void kill() {
    share.loop.execute(
        () -> {
          closeAfterReplies();
          gone = true;
          dropUnbegun();
          if (output.isStuck()) {
            disconnect();
          } else {
            output.closeWhenSent();
          }
        });
  }

  void onReplyMode(ReplyMode mode) {
    replyOff = mode == ReplyMode.OFF || (replyOff && mode == ReplyMode.SKIP);
    skipNext = mode == ReplyMode.SKIP && !replyOff;
    if (executing != null) {
      executing.silent = mode != ReplyMode.ON;
    }
  }

  /** A handler has answered. */
  void onReply(PendingCall call, Reply reply) {
    if (call.state == PendingCall.State.FAILED) {
      LOG.error("command {} answered after it had failed", call.spec().name());
      return;
    }
    if (call.state != PendingCall.State.BEGUN) {
      throw new IllegalStateException(
          "command " + call.spec().name() + " answered in state " + call.state);
    }
    call.state = PendingCall.State.ANSWERED;
    settle(call, reply);
    if (!running) {
      sendReplies();
      await();
    }
  }

  /** Asks for a turn, where there is something to do in it. */
  private void await() {
    boolean mayRead = !starved && (!parsedAll || readingPaused);
    if (!waiting && (order.peek() != null || mayRead || closing || finishing)) {
      waiting = true;
      share.await(this);
    }
  }

  /**
   * There is room for the words of a command.
   *
   * @return whether this is to be its turn; otherwise one will come
   */
  boolean onRoom() {
    starved = false;
    return !waiting;
  }

  /**
   * It is this session's turn: takes all steps that can be taken now. A handler that answers at
   * once adds to them.
   *
   * @param most commands that begin and travel
   * @return whether more could begin; then it is to have another turn
   */
  boolean take(int most) {
    running = true;
    try {
      waiting = begin(most);
    } finally {
      running = false;
    }
    pauseOrResume();
    boolean allRead = closing || (finishing && parsedAll);
    if (allRead && pending.isEmpty()) {
      closing = true;
      output.closeWhenSent();
    }
    return waiting;
  }

  private boolean begin(int most) {
    int begun = 0;
    while (true) {
      if (gone) {
        dropUnbegun();
        return false;
      }
      PendingCall next = (PendingCall) order.peek();
      if (next == null) {
        sendReplies();
        if (!readNext()) {
          return false;
        }
      } else if (next.travels() && (begun == most || !share.mayBegin())) {
        sendReplies();
        return true;
      } else {
        order.poll();
        begun += next.travels() ? 1 : 0;
        execute(next);
      }
    }
  }

  private void dropUnbegun() {
    if (dropped) {
      return;
    }
    dropped = true;
    order.forgetAll();
    for (Iterator<PendingCall> calls = pending.iterator(); calls.hasNext(); ) {
      PendingCall call = calls.next();
      if (call.state == PendingCall.State.WAITING) {
        calls.remove();
        pendingBytes -= call.bytes;
        share.leave(call);
      }
    }
  }

  private ReadGate.Load load() {
    return new ReadGate.Load(
        pending.size(),
        pendingBytes,
        output.waitingBytes() + waitingReplyBytes,
        output.recentReplyBytes());
  }

  private boolean readNext() {
    if (closing || parsedAll || !gate.admits(load())) {
      return false;
    }
    if (!share.mayRead()) {
      starve();
      return false;
    }
    RespDecoder.Status status = decoder.next();
    parsedAll = status == RespDecoder.Status.MORE;
    switch (status) {
      case COMMAND -> onCommand(decoder.command());
      case REFUSED -> refuseWords(decoder.error());
      case BROKEN -> {
        LOG.debug("client {}: protocol error: {}", client.address, decoder.error());
        refuseWords("Protocol error: " + decoder.error());
        closeAfterReplies();
      }
      case MORE -> {}
    }
    return status != RespDecoder.Status.MORE;
  }

  private void starve() {
    if (!starved) {
      starved = true;
      share.awaitRoom(this);
    }
  }

  /** Answers what came in place of a command. */
  private void refuseWords(String reason) {
    refuse(new PendingCall(this, null, new byte[0][], 0), Reply.err(reason));
  }

  private void onCommand(byte[][] argv) {
    CommandSpec spec = services.commands().resolve(argv);
    if (spec == null && Refusals.isHttp(argv)) {
      LOG.warn(
          "possible security attack: {} sent {}, as a browser does; disconnected",
          client.address,
          Words.text(argv[0]));
      disconnect();
      return;
    }
    PendingCall call = new PendingCall(this, spec, argv, sizeOf(argv));
    client.onCommand(spec == null ? "NULL" : spec.name(), nowMillis());
    Reply refusal = refusal(spec, call);
    if (refusal != null) {
      if (spec != null) {
        metrics.of(spec).rejected().inc();
      }
      refuse(call, refusal);
    } else if (spec.order() == Order.READING) {
      enter(call);
      execute(call);
    } else {
      enter(call);
      order.arrive(call);
    }
  }

  private static long sizeOf(byte[][] argv) {
    long size = 0;
    for (byte[] word : argv) {
      size += word.length + RespLimits.WORD_OVERHEAD_BYTES;
    }
    return size;
  }

  private Reply refusal(CommandSpec spec, PendingCall call) {
    byte[][] argv = call.argv();
    if (spec == null) {
      return Refusals.unknown(services.commands(), argv);
    }
    if (!spec.fits(argv.length) || spec.handler() == null) {
      return Refusals.arity(spec);
    }
    if (!client.isAuthenticated() && !spec.has("no_auth")) {
      return Refusals.NO_AUTH;
    }
    if (client.inTransaction() && !Refusals.mayEndTransaction(spec)) {
      return Refusals.NO_TRANSACTIONS;
    }
    boolean fits = share.couldAdmit(call.bytes, wordLimits.wordBytes());
    return call.travels() && !fits ? Refusals.BUSY : null;
  }

  private void enter(PendingCall call) {
    call.silent = replyOff || skipNext;
    skipNext = false;
    call.protocolVersion = client.protocolVersion();
    pending.add(call);
    pendingBytes += call.bytes;
    share.enter(call);
  }

  /** Answers a command that does not begin. */
  private void refuse(PendingCall call, Reply reply) {
    enter(call);
    call.state = PendingCall.State.ANSWERED;
    metrics.error(((Reply.Error) reply).text());
    answer(call, reply);
  }

  private void execute(PendingCall call) {
    executing = call;
    call.state = PendingCall.State.BEGUN;
    call.begunNanos = services.clock().monotonicNanos();
    if (call.travels()) {
      share.begin(call);
    }
    try {
      call.spec().handler().execute(call);
    } catch (RuntimeException e) { // The edge of the loop: a fault in one command stops no other.
      LOG.error("command {} failed", call.spec().name(), e);
      if (call.state == PendingCall.State.BEGUN) {
        call.state = PendingCall.State.FAILED;
        settle(call, Refusals.INTERNAL);
      }
    } finally {
      executing = null;
    }
    if (call.spec().order() == Order.READING) {
      call.protocolVersion = client.protocolVersion();
    }
  }

  /** A command that had begun has its reply. */
  private void settle(PendingCall call, Reply reply) {
    long nowNanos = services.clock().monotonicNanos();
    long micros = (nowNanos - call.begunNanos) / NANOS_PER_MICRO;
    FrontMetrics.OfCommand numbers = metrics.of(call.spec());
    numbers.calls().inc();
    numbers.micros().inc(micros);
    numbers.latency().update(micros);
    if (reply instanceof Reply.Error error) {
      numbers.failed().inc();
      metrics.error(error.text());
    }
    if (call.travels()) {
      share.end(call, nowNanos);
    }
    if (call.isMeasure() && !Refusals.isQuick(reply)) {
      share.onTook(call, nowNanos);
    }
    if (call.spec().order() != Order.READING && !dropped) {
      order.finish(call);
    }
    answer(call, reply);
  }

  private void answer(PendingCall call, Reply reply) {
    call.reply = reply;
    if (pending.peek() != call) {
      call.replyBytes = SessionOutput.sizeOf(reply);
      waitingReplyBytes += call.replyBytes;
    }
  }

  private void sendReplies() {
    for (PendingCall head = pending.peek();
        head != null && head.reply != null;
        head = pending.peek()) {
      pending.poll();
      pendingBytes -= head.bytes;
      share.leave(head);
      waitingReplyBytes -= head.replyBytes;
      if (!head.silent) {
        output.write(head.reply, head.protocolVersion);
      }
    }
    ReadGate.Load load = load();
    if (gate.overflows(load) && !closing) {
      LOG.warn(
          "client {} does not read: {} bytes of replies wait; disconnected",
          client.address,
          load.outputBytes());
      metrics.connectionsClosedOutput().inc();
      disconnect();
    }
  }

  private void pauseOrResume() {
    if (closing || finishing) {
      return;
    }
    boolean isFull = waiting && decoder.bufferedBytes() > UNPARSED_BYTES;
    boolean pause =
        isFull || starved || (readingPaused ? !gate.resumes(load()) : !gate.admits(load()));
    if (pause != readingPaused) {
      readingPaused = pause;
      channel.config().setAutoRead(!pause);
    }
  }

  /** Some output has left. */
  private void onOutputSent() {
    if ((readingPaused || finishing) && gate.resumes(load())) {
      share.loop.execute(this::await);
    }
  }

  /**
   * Looks after the connection, once a second: closes it after {@code idleTimeoutMillis} without a
   * command, if that is not 0.
   */
  void onSecond(long idleTimeoutMillis, long slowMillis) {
    PendingCall head = pending.peek();
    if (head != null
        && head.state == PendingCall.State.BEGUN
        && services.clock().monotonicNanos() - head.begunNanos > slowMillis * NANOS_PER_MILLI
        && !head.slowReported) {
      head.slowReported = true;
      LOG.error(
          "command {} of client {} has had no answer for {} ms",
          head.spec().name(),
          client.address,
          slowMillis);
    }
    secondsClosing += closing ? 1 : 0;
    if (secondsClosing > CLOSE_SECONDS) {
      disconnect();
    }
    if (head == null
        && !waiting
        && !starved
        && idleTimeoutMillis > 0
        && nowMillis() - client.lastCommandMillis > idleTimeoutMillis) {
      disconnect();
    }
  }
}
