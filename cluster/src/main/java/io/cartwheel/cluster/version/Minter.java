package io.cartwheel.cluster.version;

import java.util.SplittableRandom;

/**
 * Hands out dots for one shard. A dot is unique for ever, also after a lost disk, a lost unsynced
 * tail, a reaped tombstone, or a restored copy: the actor that a row remembers is extended only by
 * the process that wrote it there, and only while the row's context knows no later dot of it; in
 * every other case a fresh actor begins.
 *
 * <p>What that prevents, both silent losses: a counter handed out twice makes two values one; and a
 * counter that runs on without its row lets {@code A:900} cover a live sibling {@code (A, 7)} that
 * its own minter has forgotten.
 *
 * <p>Not safe for use by several threads at once.
 */
public final class Minter {
  private final SplittableRandom random;
  private final long process;
  private int actorHighBits;
  private int actorCount;

  /**
   * @param random this shard's own stream
   * @param process random bits drawn at this start of the process, the same for all shards
   */
  public Minter(SplittableRandom random, long process) {
    this(random, process, 0);
  }

  /**
   * @param actorCount how many actors this shard has begun, so that a test can use them up
   */
  Minter(SplittableRandom random, long process, int actorCount) {
    this.random = random;
    this.process = process;
    this.actorCount = actorCount;
    this.actorHighBits = random.nextInt();
  }

  /**
   * A new write: joins {@code past} into the context, drops the siblings that it covers, and adds
   * the value under a fresh dot. The caller stores the result before anybody else stamps the row,
   * or stamps nothing more in this process.
   *
   * @param stored the row as this node holds it now, what it has learned from others merged in
   * @param past what the writer saw; times that lie in the future are not believed, for it may come
   *     from a client
   * @param value what is written, all but its dot and time
   * @param clock stamps later than every time in the row
   */
  public StoredRow stamp(StoredRow stored, VersionVector past, NewValue value, HybridClock clock) {
    Row seen = stored.row().discard(past.timesUpTo(clock.latestCredible()));
    StoredRow.Mint mint = next(stored.mint(), seen.context());
    Dot dot = new Dot(mint.actor(), mint.counter());
    long time = clock.tickAfter(seen.latestTime());
    Sibling fresh =
        new Sibling(
            dot,
            time,
            value.expiryMillis(),
            value.type(),
            value.value() == null ? Sibling.Form.TOMBSTONE : Sibling.Form.VALUE,
            value.value(),
            value.request(),
            value.readModifyWrite());
    return new StoredRow(seen.with(fresh), mint);
  }

  private StoredRow.Mint next(StoredRow.Mint held, VersionVector context) {
    boolean mayExtend =
        held != null
            && held.process() == process
            && context.counterOf(held.actor()) <= held.counter();
    return mayExtend
        ? new StoredRow.Mint(held.actor(), held.counter() + 1, process)
        : new StoredRow.Mint(freshActor(), 1, process);
  }

  private long freshActor() {
    actorCount++;
    if (actorCount == 0) {
      renewHighBits();
    }
    return ((long) actorHighBits << 32) | Integer.toUnsignedLong(actorCount);
  }

  private void renewHighBits() {
    int used = actorHighBits;
    while (actorHighBits == used) {
      actorHighBits = random.nextInt();
    }
  }

  /**
   * What a write puts under its dot.
   *
   * @param value the bytes, or null for a tombstone
   * @param type as in {@link Sibling}
   * @param expiryMillis as in {@link Sibling}
   */
  public record NewValue(
      byte[] value, byte type, long expiryMillis, RequestId request, boolean readModifyWrite) {}
}
