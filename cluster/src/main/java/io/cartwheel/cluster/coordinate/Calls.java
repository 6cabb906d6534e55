package io.cartwheel.cluster.coordinate;

import io.cartwheel.cluster.message.Message;
import io.cartwheel.cluster.ring.NodeName;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

/**
 * The requests of one shard that await their replies, by id. A reply finds its request whenever it
 * comes, until the request is closed; a second reply finds none.
 */
final class Calls {
  /** Who awaits a reply. */
  interface Answer {
    void onReply(NodeName from, Message.Reply reply);

    /** The connection was lost before the reply came; the request may have been executed. */
    void onDisconnected(long id, NodeName peer);
  }

  private record Call(NodeName to, Answer answer, long openedNanos) {}

  private final Map<Long, Call> open = new LinkedHashMap<>();
  private final int shard;
  private final LongSupplier nanos;
  private final LongConsumer onTook;
  private long sequence;

  /**
   * @param firstSequence drawn at every start of the process: a reply to a request of the process
   *     before must find nothing here
   * @param nanos a monotonic clock
   * @param onTook told by it how long each reply took
   */
  Calls(int shard, long firstSequence, LongSupplier nanos, LongConsumer onTook) {
    this.shard = shard;
    this.sequence = firstSequence;
    this.nanos = nanos;
    this.onTook = onTook;
  }

  /** An id that replies will bear, for messages whose replies nobody awaits. */
  long nextId() {
    return ++sequence << Message.SHARD_BITS | shard;
  }

  void open(long id, NodeName to, Answer answer) {
    open.put(id, new Call(to, answer, nanos.getAsLong()));
  }

  void close(long id) {
    open.remove(id);
  }

  int size() {
    return open.size();
  }

  void onReply(NodeName from, Message.Reply reply) {
    Call call = open.get(reply.id());
    if (call != null && call.to.equals(from)) {
      open.remove(reply.id());
      onTook.accept(nanos.getAsLong() - call.openedNanos);
      call.answer.onReply(from, reply);
    }
  }

  void onDisconnected(NodeName peer) {
    List<Long> lost = new ArrayList<>();
    open.forEach(
        (id, call) -> {
          if (call.to.equals(peer)) {
            lost.add(id);
          }
        });
    for (long id : lost) {
      Call call = open.get(id);
      if (call != null) {
        call.answer.onDisconnected(id, peer);
      }
    }
  }
}
