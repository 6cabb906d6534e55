package io.cartwheel.resp.command.ring;

import io.cartwheel.cluster.antientropy.PeerSync;
import io.cartwheel.cluster.node.RepairView;
import io.cartwheel.cluster.node.RingView;
import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.resp.command.Call;
import io.cartwheel.resp.command.quorum.Options;
import io.cartwheel.resp.command.quorum.ReplyException;
import io.cartwheel.resp.protocol.Reply;

/** RING SYNC and RING REPAIR: how equal the node spoken to is to its peers. */
final class SyncCommands {
  private SyncCommands() {}

  static void sync(Call call) throws ReplyException {
    RingView ring = call.services().ring();
    RingCommands.requireTable(ring);
    RepairView repair = ring.repair();
    long nowMillis = repair.nowMillis();
    StringBuilder text = new StringBuilder();
    for (RepairView.OfPeer peer : repair.peers()) {
      PeerSync sync = peer.sync();
      new Line(text)
          .pair("peer", peer.name())
          .pair("state", state(sync))
          .pair(
              "ended-ms",
              sync.completedMillis() == 0
                  ? "never"
                  : Math.max(0, nowMillis - sync.completedMillis()))
          .pair("rows-taken", sync.rowsTaken())
          .pair("rows-given", sync.rowsGiven())
          .pair("failed", sync.failed())
          .end();
    }
    new Line(text).pair("partitions-not-current", repair.notCurrent()).end();
    call.reply(new Reply.Verbatim(text.toString()));
  }

  static void repair(Call call) throws ReplyException {
    RingView ring = call.services().ring();
    if (call.argc() > 3) {
      throw new ReplyException(Options.SYNTAX_ERROR);
    }
    NodeName peer = null;
    if (call.argc() == 3) {
      peer = RingCommands.requireMember(ring, call.arg(2));
      if (peer.equals(ring.self())) {
        throw new ReplyException(
            new Reply.Error("ERR this node has this name; RING REPAIR repairs it with all others"));
      }
    }
    RingCommands.requireTable(ring);
    if (!ring.repair().repair(peer, () -> call.reply(Reply.OK))) {
      throw new ReplyException(RingCommands.NO_MEMBER);
    }
  }

  private static String state(PeerSync sync) {
    if (sync.running()) {
      return "running";
    }
    return sync.due() ? "waiting" : "idle";
  }
}
