package io.cartwheel.cluster.coordinate;

import io.cartwheel.cluster.message.Message;
import io.cartwheel.cluster.message.Message.Forwarded.Outcome;
import io.cartwheel.cluster.message.Message.Write;
import io.cartwheel.cluster.ring.Key;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** A write at its coordinator, from its arrival to its answer. */
final class PendingWrite {
  /**
   * How it ended, as in {@link Message.Forwarded}.
   *
   * @param clock of who refused it, 0 for this node's
   */
  record Ended(Outcome outcome, byte[] reply, int answered, int needed, long clock) {
    private static final byte[] NO_REPLY = new byte[0];

    static Ended done(byte[] reply) {
      return new Ended(Outcome.DONE, reply, 0, 0, 0);
    }

    static Ended noQuorum(int answered, int needed) {
      return new Ended(Outcome.NO_QUORUM, null, answered, needed, 0);
    }

    static Ended unread(int answered, int needed) {
      return new Ended(Outcome.UNREAD, null, answered, needed, 0);
    }

    static Ended tooManySiblings(int count) {
      return new Ended(Outcome.TOO_MANY_SIBLINGS, null, count, 0, 0);
    }

    static Ended refused(Outcome outcome) {
      return new Ended(outcome, null, 0, 0, 0);
    }

    static Ended of(Message.Forwarded message) {
      return new Ended(
          message.outcome(),
          message.reply(),
          message.answered(),
          message.needed(),
          message.clock());
    }

    Message.Forwarded toMessage(long id, long ownClock) {
      return new Message.Forwarded(
          id,
          outcome,
          reply == null ? NO_REPLY : reply,
          answered,
          needed,
          clock == 0 ? ownClock : clock);
    }
  }

  /** What a write takes beside its bytes. */
  private static final long OVERHEAD_BYTES = 256;

  private Write write;
  private final List<Key> keys;
  private Update update;
  private final long refusedAfterNanos;
  private long answeredByNanos;
  private final List<Consumer<Ended>> answers = new ArrayList<>(1);
  private Ended ended;

  /** What the update replied once it was stamped, else null. */
  private byte[] reply;

  /** Where the reply has to have room, null where it goes to a client of this node. */
  private Replies.Room replyRoom;

  /** Whether it has turned out to change nothing, by what too few replicas were asked for. */
  private boolean onlyReads;

  /**
   * @param refusedAfterNanos it is not stamped after this moment of the machine's monotonic clock
   * @param answeredByNanos it is answered until then, by the shard's {@link OwnTime}, also where
   *     too few have stored it
   */
  PendingWrite(
      Write write, List<Key> keys, Update update, long refusedAfterNanos, long answeredByNanos) {
    this.write = write;
    this.keys = keys;
    this.update = update;
    this.refusedAfterNanos = refusedAfterNanos;
    this.answeredByNanos = answeredByNanos;
  }

  /** What is to be written; null once it has ended. */
  Write write() {
    return write;
  }

  List<Key> keys() {
    return keys;
  }

  /** About what it takes until it has ended. */
  long sizeBytes() {
    long bytes = OVERHEAD_BYTES + write.update().length;
    for (Key key : keys) {
      bytes += key.bytes().length;
    }
    return bytes;
  }

  Update update() {
    return update;
  }

  long refusedAfterNanos() {
    return refusedAfterNanos;
  }

  long answeredByNanos() {
    return answeredByNanos;
  }

  /** It may be answered later. */
  void answerBy(long nanos) {
    answeredByNanos = nanos;
  }

  byte[] reply() {
    return reply;
  }

  /** Its reply goes to a peer. */
  void replyIn(Replies.Room room) {
    replyRoom = room;
  }

  /**
   * The update has decided what it replies.
   *
   * @return false where there is no room for that, and the write must not be executed
   */
  boolean onDecided(byte[] decidedReply) {
    if (replyRoom != null && !replyRoom.take(decidedReply)) {
      return false;
    }
    reply = decidedReply;
    return true;
  }

  boolean isEnded() {
    return ended != null;
  }

  /**
   * Whether as many replicas must be heard as a read asks, because its reply tells what is there.
   */
  boolean needsRead() {
    return onlyReads || write.kind() == Write.Kind.READ_MODIFY_WRITE;
  }

  void onOnlyReads() {
    onlyReads = true;
  }

  /** Adds somebody who is to be told of the end; at once where it has ended. */
  void whenEnded(Consumer<Ended> answer) {
    if (ended != null) {
      answer.accept(ended);
    } else {
      answers.add(answer);
    }
  }

  /** Tells everybody of the end, and forgets what was to be written; later ends are ignored. */
  void end(Ended how) {
    if (ended == null) {
      ended = how;
      write = null;
      update = null;
      answers.forEach(answer -> answer.accept(how));
      answers.clear();
    }
  }
}
