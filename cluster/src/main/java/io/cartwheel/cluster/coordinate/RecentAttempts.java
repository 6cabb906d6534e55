package io.cartwheel.cluster.coordinate;

import io.cartwheel.cluster.message.Message.Write;
import io.cartwheel.cluster.version.RequestId;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The attempts that have come to this shard, for as long as whoever sent them may wait: a doubled
 * message is not executed twice, and gets the answer of the first. Two attempts of one request have
 * different deadlines; the later finds the earlier in the row.
 */
final class RecentAttempts {
  private record Attempt(RequestId request, long deadline) {}

  private record Remembered(PendingWrite write, long sinceNanos) {}

  private final Map<Attempt, Remembered> attempts = new LinkedHashMap<>();
  private final long keepNanos;

  RecentAttempts(long keepNanos) {
    this.keepNanos = keepNanos;
  }

  /** What has become of this very attempt, or null where it is new. */
  PendingWrite find(Write write, long nowNanos) {
    forget(nowNanos);
    Remembered remembered = attempts.get(new Attempt(write.request(), write.deadline()));
    return remembered == null ? null : remembered.write;
  }

  void add(Write write, PendingWrite pending, long nowNanos) {
    attempts.put(new Attempt(write.request(), write.deadline()), new Remembered(pending, nowNanos));
  }

  int size() {
    return attempts.size();
  }

  private void forget(long nowNanos) {
    Iterator<Remembered> oldest = attempts.values().iterator();
    while (oldest.hasNext() && nowNanos - oldest.next().sinceNanos > keepNanos) {
      oldest.remove();
    }
  }
}
