package io.cartwheel.resp.server;

import io.cartwheel.cluster.environment.EventLoop.Phase;
import io.cartwheel.cluster.transport.NettyEventLoop;
import java.util.ArrayDeque;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * What the sessions of one loop share: how much of theirs is under way, and whose turn it is to
 * begin more. On that loop only.
 *
 * <p>Commands begin at the end of a turn, after all that peers have sent was handled: what is under
 * way is brought to its end before more is taken. Sessions that have something to begin take turns,
 * a few commands each, while the {@link Window} has room; where it has none they wait, in their
 * order, and what they have sent waits unparsed, or in the sockets.
 */
final class LoopShare {
  /**
   * Commands of one session in a row: so many share the calls that read its socket and write to it,
   * and thousands of others wait no longer than they take.
   */
  private static final int IN_A_ROW = 16;

  final NettyEventLoop loop;
  final Set<Session> sessions = new LinkedHashSet<>();
  private final long bytesAtMost;
  private final Window window;

  /** Sessions whose next commands have not been looked at: some begin without room. */
  private final ArrayDeque<Session> fresh = new ArrayDeque<>();

  /** Sessions that have a command that could begin if there were room, in their order. */
  private final ArrayDeque<Session> held = new ArrayDeque<>();

  private final Runnable take = this::take;
  private boolean takeComes;
  private int commands;
  private long bytes;

  /** Whether a command did not fit by its bytes, and nothing has ended since. */
  private boolean bytesAreFull;

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

  /** Whether a command whose words take so many bytes may begin now. */
  boolean admits(long commandBytes) {
    if (commands == 0) {
      return true;
    }
    bytesAreFull |= bytes + commandBytes > bytesAtMost;
    return hasRoom();
  }

  /** Whether a command of so many bytes could ever begin. */
  boolean couldAdmit(long commandBytes) {
    return commandBytes <= bytesAtMost;
  }

  /** A command begins. */
  void begin(PendingCall call) {
    commands += call.weight;
    bytes += call.bytes;
    window.onTime(call.begunNanos);
    window.onBegun(call.weight, commands);
  }

  /** A command that began has been answered. */
  void end(PendingCall call, long nowNanos) {
    commands -= call.weight;
    bytes -= call.bytes;
    window.onTime(nowNanos);
    bytesAreFull = false;
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

  private boolean hasRoom() {
    return commands < window.size() && !bytesAreFull;
  }

  /** Those that were held come first; who cannot begin all it has gets another turn after all. */
  private void take() {
    takeComes = false;
    takeHeld();
    for (int left = fresh.size(); left > 0; left--) {
      takeFrom(fresh.poll(), hasRoom() ? IN_A_ROW : 0);
    }
    takeHeld();
    if (hasRoom() && !held.isEmpty()) {
      takeLater();
    } else if (!held.isEmpty()) {
      window.onFull();
    }
  }

  private void takeHeld() {
    for (int left = held.size(); left > 0 && hasRoom(); left--) {
      takeFrom(held.poll(), IN_A_ROW);
    }
  }

  private void takeFrom(Session session, int most) {
    if (session.take(most)) {
      held.add(session);
    }
  }
}
