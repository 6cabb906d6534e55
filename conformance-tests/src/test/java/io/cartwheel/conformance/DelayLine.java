package io.cartwheel.conformance;

import java.util.ArrayDeque;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

/**
 * Bytes on their way over a slow wire, in the order in which they came, as TCP keeps it. What has
 * come after something else waits for it, however short its own delay. Time is an argument; whoever
 * calls takes care that one thread does so at a time.
 */
final class DelayLine {
  /** Past it there is no room: whoever sends is held up, as by a full window of TCP. */
  static final int MAX_BYTES = 1 << 20;

  /** What a piece takes beside its bytes, roughly. */
  private static final int PIECE_BYTES = 64;

  /**
   * How long bytes take.
   *
   * @param jitterMillis at most so much more, drawn for each piece
   * @param seed of these draws
   */
  record Delay(long fixedMillis, long jitterMillis, long seed) {
    static final Delay NONE = new Delay(0, 0, 0);

    private long nanos(double share) {
      return TimeUnit.MILLISECONDS.toNanos(fixedMillis)
          + (long) (share * TimeUnit.MILLISECONDS.toNanos(jitterMillis));
    }
  }

  /** Bytes that came together, and their share of the jitter. None: the end of the stream. */
  private record Piece(byte[] bytes, long cameNanos, double share) {}

  private final ArrayDeque<Piece> pieces = new ArrayDeque<>();
  private Delay delay;
  private SplittableRandom random;
  private int heldBytes;

  DelayLine(Delay delay) {
    change(delay);
  }

  /** What is under way is as late as if the delay had always been this. */
  void change(Delay changed) {
    delay = changed;
    random = new SplittableRandom(changed.seed);
  }

  boolean hasRoom() {
    return heldBytes < MAX_BYTES;
  }

  /** Takes a piece, though there be no room: at most that one is held too much. */
  void add(byte[] bytes, long nowNanos) {
    pieces.add(new Piece(bytes, nowNanos, random.nextDouble()));
    heldBytes += bytes.length + PIECE_BYTES;
  }

  boolean isEmpty() {
    return pieces.isEmpty();
  }

  /** How long the first piece must still wait; not positive where it is due. The line has one. */
  long waitNanos(long nowNanos) {
    Piece first = pieces.element();
    return first.cameNanos + delay.nanos(first.share) - nowNanos;
  }

  /** The first piece, due or not. The line has one. */
  byte[] take() {
    Piece first = pieces.remove();
    heldBytes -= first.bytes.length + PIECE_BYTES;
    return first.bytes;
  }

  int heldBytes() {
    return heldBytes;
  }
}
