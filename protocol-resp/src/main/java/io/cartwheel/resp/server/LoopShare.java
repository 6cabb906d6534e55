package io.cartwheel.resp.server;

import io.cartwheel.cluster.environment.EventLoop.Phase;
import io.cartwheel.cluster.transport.NettyEventLoop;
import java.util.ArrayDeque;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * What the sessions of one loop share: how much of theirs is in memory and under way, and whose
 * turn it is to read and begin more. On that loop only.
 *
 * <p>Commands begin at the end of a turn, after all that peers have sent was handled: what is under
 * way is brought to its end before more is taken. Sessions that have something to begin take turns,
 * a few commands each, while the {@link Window} has room; where it has none they wait, in their
 * order, and what they have sent waits unparsed, or in the sockets.
 *
 * <p>The words of a command take room from when it is parsed until its reply leaves, whether it is
 * under way, or waits for the window, for others of its connection, or for replies before its own.
 * Where the room is full nothing is parsed and who wants to is not read; as room is left, they are
 * in the order in which they came, so that a long command waits no longer than a short one. The
 * last one to be parsed may exceed the room: until then its bytes were here all the same.
 */
final class LoopShare {
  /**
   * Commands of one session in a row: so many share the calls that read its socket and write to it,
   * and thousands of others wait no longer than they take.
   */
  private static final int IN_A_ROW = 16;

  /** A command with one value may be longer than that by so much: its key, and what words cost. */
  private static final int BESIDE_VALUE_BYTES = 1 << 20;

  final NettyEventLoop loop;
  final Set<Session> sessions = new LinkedHashSet<>();
  private final long bytesAtMost;
  private final Window window;

  /** Sessions whose next commands have not been looked at: some begin without room. */
  private final ArrayDeque<Session> fresh = new ArrayDeque<>();

  /** Sessions that have a command that could begin if there were room, in their order. */
  private final ArrayDeque<Session> held = new ArrayDeque<>();

  /** Sessions that would read a command if there were room for its words, in their order. */
  private final ArrayDeque<Session> unread = new ArrayDeque<>();

  private final Runnable take = this::take;
  private boolean takeComes;
  private int commands;
  private long bytes;

  LoopShare(NettyEventLoop loop, ServerLimits limits, long nowNanos) {
    this.loop = loop;
    this.bytesAtMost = limits.loopBytes();
    this.window = new Window(limits.window(), nowNanos);
  }

  /** The session may have something to begin; it is called once it is its turn. */
  void await(Session session) {
    fresh.add(session);
    takeLater();
  }

  /** The session has something to read, and may not: it is called once it may. */
  void awaitRoom(Session session) {
    unread.add(session);
  }

  /** Whether one more command may be parsed. */
  boolean mayRead() {
    return bytes == 0 || bytes < bytesAtMost;
  }

  /** Whether one more command may begin. */
  boolean mayBegin() {
    return commands == 0 || commands < window.size();
  }

  /** A command has been parsed. */
  void enter(PendingCall call) {
    bytes += call.bytes;
  }

  /** A command has been answered, and nobody needs its words. */
  void leave(PendingCall call) {
    bytes -= call.bytes;
    if (!unread.isEmpty() && mayRead()) {
      takeLater();
    }
  }

  /**
   * Whether a command may take so many bytes at all: as many as all may together, and a value of
   * the longest that is configured in any case.
   */
  boolean couldAdmit(long commandBytes, long longestValueBytes) {
    return commandBytes <= Math.max(bytesAtMost, longestValueBytes + BESIDE_VALUE_BYTES);
  }

  /** A command begins. */
  void begin(PendingCall call) {
    commands += call.weight;
    window.onTime(call.begunNanos);
    window.onBegun(call.weight, commands);
  }

  /** A command that began has been answered. */
  void end(PendingCall call, long nowNanos) {
    commands -= call.weight;
    window.onTime(nowNanos);
    if (!held.isEmpty()) {
      takeLater();
    }
  }

  /** As {@link #end}; how long it took tells how busy the cluster is. */
  void onTook(PendingCall call, long nowNanos) {
    window.onAnswered(call.weight, call.steps(), call.begunNanos, nowNanos);
  }

  private void takeLater() {
    if (!takeComes) {
      takeComes = true;
      loop.atTurnEnd(Phase.TAKE, take);
    }
  }

  /**
   * Those that were held come first; who cannot begin all it has gets another turn after all. Room
   * for words goes to those that wait for it before who is held could read on.
   */
  private void take() {
    takeComes = false;
    takeUnread();
    takeHeld();
    for (int left = fresh.size(); left > 0; left--) {
      takeFrom(fresh.poll(), mayBegin() ? IN_A_ROW : 0);
    }
    takeHeld();
    if (mayBegin() && !held.isEmpty()) {
      takeLater();
    } else if (!held.isEmpty()) {
      window.onFull();
    }
  }

  private void takeUnread() {
    for (int left = unread.size(); left > 0 && mayRead(); left--) {
      Session session = unread.poll();
      if (session.onRoom()) {
        takeFrom(session, held.isEmpty() && mayBegin() ? IN_A_ROW : 0);
      }
    }
  }

  private void takeHeld() {
    for (int left = held.size(); left > 0 && mayBegin(); left--) {
      takeFrom(held.poll(), IN_A_ROW);
    }
  }

  private void takeFrom(Session session, int most) {
    if (session.take(most)) {
      held.add(session);
    }
  }
}
