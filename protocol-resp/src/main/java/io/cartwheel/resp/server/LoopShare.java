package io.cartwheel.resp.server;

import io.cartwheel.cluster.transport.NettyEventLoop;
import java.util.LinkedHashSet;
import java.util.Set;

/** What the sessions of one loop share. On that loop only. */
final class LoopShare {
  final NettyEventLoop loop;
  final Set<Session> sessions = new LinkedHashSet<>();
  private final ServerLimits limits;
  private int commands;
  private long bytes;

  LoopShare(NettyEventLoop loop, ServerLimits limits) {
    this.loop = loop;
    this.limits = limits;
  }

  boolean isFull() {
    return commands >= limits.loopCommands() || bytes > limits.loopBytes();
  }

  void begin(long commandBytes) {
    commands++;
    bytes += commandBytes;
  }

  void end(long commandBytes) {
    commands--;
    bytes -= commandBytes;
  }

  int commands() {
    return commands;
  }
}
