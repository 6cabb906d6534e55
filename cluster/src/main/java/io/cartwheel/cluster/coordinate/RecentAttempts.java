package io.cartwheel.cluster.coordinate;

import io.cartwheel.cluster.coordinate.PendingWrite.Ended;
import io.cartwheel.cluster.environment.ByteBudget;
import io.cartwheel.cluster.message.Message.Write;
import io.cartwheel.cluster.version.RequestId;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The attempts that have come to this shard, for as long as whoever sent them may wait: a doubled
 * message is not executed twice, and gets the answer of the first. Two attempts of one request have
 * different deadlines; the later finds the earlier in the row. A reply for which there is no room
 * is not kept: a doubled message is then told that its write may have taken effect.
 *
 * <p>Bounded by count, for what one takes beside its reply: so many come in the time for which they
 * are kept only after a shard has been held up.
 */
final class RecentAttempts {
  /** Some 50 MB; at a hundred thousand in a second they stay far below. */
  static final int MAX_ATTEMPTS = 1 << 18;

  private record Attempt(RequestId request, long deadline) {}

  /** What is known of an attempt: the write until it has ended, then how. */
  private static final class Remembered {
    private final long sinceNanos;
    private PendingWrite write;
    private Ended ended;
    private long bytes;

    Remembered(PendingWrite write, long sinceNanos) {
      this.write = write;
      this.sinceNanos = sinceNanos;
    }
  }

  private final Map<Attempt, Remembered> attempts = new LinkedHashMap<>();
  private final long keepNanos;
  private final ByteBudget room;

  /**
   * @param room for the front end's replies of writes that have ended
   */
  RecentAttempts(long keepNanos, ByteBudget room) {
    this.keepNanos = keepNanos;
    this.room = room;
  }

  /**
   * Tells {@code answer} what becomes of this very attempt.
   *
   * @return false where it is new, and nobody is told
   */
  boolean find(Write write, long nowNanos, Consumer<Ended> answer) {
    forget(nowNanos);
    Remembered remembered = attempts.get(new Attempt(write.request(), write.deadline()));
    if (remembered == null) {
      return false;
    }
    if (remembered.write != null) {
      remembered.write.whenEnded(answer);
    } else {
      answer.accept(remembered.ended);
    }
    return true;
  }

  void add(Write write, PendingWrite pending, long nowNanos) {
    Remembered remembered = new Remembered(pending, nowNanos);
    Attempt attempt = new Attempt(write.request(), write.deadline());
    attempts.put(attempt, remembered);
    pending.whenEnded(
        ended -> {
          // It may be long in ending, and be forgotten.
          boolean isKept = attempts.get(attempt) == remembered;
          long bytes = ended.reply() == null || !isKept ? 0 : ended.reply().length;
          boolean fits = room.take(bytes);
          remembered.bytes = fits ? bytes : 0;
          remembered.ended = fits ? ended : Ended.noQuorum(0, 1);
          remembered.write = null;
        });
  }

  /** Whether no more can be remembered now: what is not remembered must not be executed. */
  boolean isFull() {
    return attempts.size() >= MAX_ATTEMPTS;
  }

  int size() {
    return attempts.size();
  }

  /** Lets go of what is no longer asked for. */
  void forget(long nowNanos) {
    Iterator<Remembered> oldest = attempts.values().iterator();
    while (oldest.hasNext()) {
      Remembered remembered = oldest.next();
      if (nowNanos - remembered.sinceNanos <= keepNanos) {
        break;
      }
      room.giveBack(remembered.bytes);
      remembered.bytes = 0;
      oldest.remove();
    }
  }
}
