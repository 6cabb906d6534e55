package io.cartwheel.cluster.coordinate;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cartwheel.cluster.coordinate.Stamping.Verdict;
import io.cartwheel.cluster.environment.SimulatedTime;
import io.cartwheel.cluster.message.Message.Write;
import io.cartwheel.cluster.message.Message.Write.Kind;
import io.cartwheel.cluster.ring.Key;
import io.cartwheel.cluster.version.HybridClock;
import io.cartwheel.cluster.version.Minter;
import io.cartwheel.cluster.version.RequestId;
import io.cartwheel.cluster.version.Row;
import io.cartwheel.cluster.version.Sibling;
import io.cartwheel.cluster.version.StoredRow;
import io.cartwheel.cluster.version.VersionVector;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class StampingTest {
  private static final int LIMIT = 3;
  private static final Stamping.Limits LIMITS = new Stamping.Limits(LIMIT, 1_000);
  private static final long IN_TIME = 0;

  private final SimulatedTime time = new SimulatedTime(1);
  private final HybridClock clock = new HybridClock(time);
  private final Minter minter = new Minter(new SplittableRandom(1), 7);
  private final Minter otherMinter = new Minter(new SplittableRandom(2), 8);
  private long requests;

  private Stamping stamping(Minter by, Row learned, StoredRow... own) {
    List<Stamping.Known> keys =
        Arrays.stream(own).map(row -> new Stamping.Known(row, learned, true, false)).toList();
    return new Stamping(by, clock, LIMITS, keys);
  }

  private PendingWrite write(Kind kind, String update, VersionVector past) {
    return write(kind, update, past, ++requests, clock.now(), false);
  }

  private PendingWrite write(
      Kind kind, String update, VersionVector past, long request, long firstSent, boolean retry) {
    byte[] bytes = update.getBytes(UTF_8);
    long deadline = firstSent + HybridClock.ofMillis(300);
    Write write =
        new Write(
            List.of(new byte[] {'k'}),
            kind,
            bytes,
            past,
            0,
            new RequestId(1, request),
            firstSent,
            deadline,
            retry);
    return new PendingWrite(
        write,
        List.of(new Key(new byte[] {'k'})),
        new TestUpdates().decode(bytes),
        Long.MAX_VALUE,
        Long.MAX_VALUE);
  }

  private Row written(Minter by, String value) {
    Stamping stamping = stamping(by, Row.EMPTY, StoredRow.ABSENT);
    stamping.execute(write(Kind.PLAIN, "SET " + value, VersionVector.EMPTY), IN_TIME);
    return stamping.rows().get(0).row();
  }

  @Test
  void plainWrite_coversWhatItKnowsByVersionsOnly() {
    Row elsewhere = written(otherMinter, "there");
    StoredRow own = new StoredRow(written(minter, "here"), null);
    Stamping stamping = stamping(minter, elsewhere.versionsOnly(), own);
    PendingWrite write = write(Kind.PLAIN, "SET v", VersionVector.EMPTY);
    assertEquals(Verdict.STAMPED, stamping.execute(write, IN_TIME));
    Row row = stamping.rows().get(0).row();
    assertEquals(1, row.siblings().size());
    assertTrue(row.context().covers(elsewhere.context()));
    assertTrue(stamping.isTouched(0));
  }

  @Test
  void plainWriteThatChangesNothing_storesNoOmittedValue() {
    Row elsewhere = written(otherMinter, "there");
    StoredRow own = new StoredRow(written(minter, "here"), null);
    Stamping stamping = stamping(minter, elsewhere.versionsOnly(), own);
    assertEquals(
        Verdict.UNCHANGED,
        stamping.execute(write(Kind.PLAIN, "SETNX v", VersionVector.EMPTY), IN_TIME));
    assertSame(own, stamping.rows().get(0));
    assertFalse(stamping.isTouched(0));
  }

  @Test
  void contextWrite_keepsWhatItsTokenDoesNotCover() {
    Row elsewhere = written(otherMinter, "there");
    StoredRow own = new StoredRow(written(minter, "here"), null);
    Stamping stamping = stamping(minter, elsewhere, own);
    stamping.execute(write(Kind.CONTEXT, "SET v", own.row().context()), IN_TIME);
    assertEquals(2, stamping.rows().get(0).row().siblings().size());
  }

  @Test
  void laterWriteOfAGroup_seesTheEarlier() {
    Stamping stamping = stamping(minter, Row.EMPTY, StoredRow.ABSENT);
    for (int i = 1; i <= 5; i++) {
      PendingWrite write = write(Kind.READ_MODIFY_WRITE, "INCR", VersionVector.EMPTY);
      assertEquals(Verdict.STAMPED, stamping.execute(write, IN_TIME));
      assertEquals(Integer.toString(i), new String(write.reply(), UTF_8));
    }
    assertEquals(1, stamping.rows().get(0).row().siblings().size());
  }

  @Test
  void sibling_beyondTheLimitIsRefused() {
    Stamping stamping = stamping(minter, Row.EMPTY, StoredRow.ABSENT);
    for (int i = 0; i < LIMIT; i++) {
      assertEquals(
          Verdict.STAMPED,
          stamping.execute(write(Kind.CONTEXT, "SET " + i, VersionVector.EMPTY), IN_TIME));
    }
    StoredRow before = stamping.rows().get(0);
    assertEquals(
        Verdict.TOO_MANY_SIBLINGS,
        stamping.execute(write(Kind.CONTEXT, "SET x", VersionVector.EMPTY), IN_TIME));
    assertEquals(LIMIT, stamping.siblingsInTheWay());
    assertSame(before, stamping.rows().get(0));
  }

  @Test
  void lateWrite_isNotStamped() {
    PendingWrite write = write(Kind.PLAIN, "SET v", VersionVector.EMPTY);
    time.advanceMillis(301);
    Stamping stamping = stamping(minter, Row.EMPTY, StoredRow.ABSENT);
    assertEquals(Verdict.LATE, stamping.execute(write, IN_TIME));
    assertTrue(stamping.rows().get(0).isAbsent());
  }

  @Test
  void retry_neitherOverwritesNorYieldsToWhatSeemsLater() {
    StoredRow earlier = new StoredRow(written(otherMinter, "earlier"), null);
    long firstSent = clock.tick();
    time.advanceMillis(10);
    StoredRow own = earlier.merge(written(new Minter(new SplittableRandom(7), 7), "later"));
    Stamping stamping = stamping(minter, Row.EMPTY, own);
    PendingWrite plain = write(Kind.PLAIN, "SET v", VersionVector.EMPTY, 99, firstSent, true);
    assertEquals(Verdict.STAMPED, stamping.execute(plain, IN_TIME));
    assertEquals("OK", new String(plain.reply(), UTF_8));
    assertEquals(
        Set.of("later", "v"),
        stamping.rows().get(0).row().siblings().stream()
            .map(s -> new String(s.value(), UTF_8))
            .collect(Collectors.toSet()));
    PendingWrite exact = write(Kind.CONTEXT, "SET v", VersionVector.EMPTY, 98, firstSent, true);
    assertEquals(Verdict.STAMPED, stamping.execute(exact, IN_TIME));
  }

  @Test
  void retry_afterEarlierWritesOverwritesThem() {
    StoredRow own = new StoredRow(written(otherMinter, "earlier"), null);
    time.advanceMillis(10);
    Stamping stamping = stamping(minter, Row.EMPTY, own);
    PendingWrite plain = write(Kind.PLAIN, "SET v", VersionVector.EMPTY, 99, clock.tick(), true);
    assertEquals(Verdict.STAMPED, stamping.execute(plain, IN_TIME));
  }

  @Test
  void executedRequest_isFound() {
    StoredRow own = new StoredRow(written(otherMinter, "v"), null);
    Stamping stamping = stamping(minter, Row.EMPTY, own);
    long firstSent = clock.now();
    PendingWrite again = write(Kind.PLAIN, "SET v", VersionVector.EMPTY, requests, firstSent, true);
    assertEquals(Verdict.FOUND, stamping.execute(again, IN_TIME));
    assertSame(own, stamping.rows().get(0));
    assertTrue(stamping.isTouched(0));
    PendingWrite computed =
        write(Kind.READ_MODIFY_WRITE, "INCR", VersionVector.EMPTY, requests, firstSent, true);
    assertEquals(Verdict.REPLY_LOST, stamping.execute(computed, IN_TIME));
  }

  @Test
  void delete_needsARowOrAToken() {
    Stamping nothing = stamping(minter, Row.EMPTY, StoredRow.ABSENT);
    assertEquals(
        Verdict.UNCHANGED, nothing.execute(write(Kind.PLAIN, "DEL", VersionVector.EMPTY), IN_TIME));
    VersionVector token = written(otherMinter, "v").context();
    assertEquals(Verdict.STAMPED, nothing.execute(write(Kind.CONTEXT, "DELEX", token), IN_TIME));
    assertEquals(0, nothing.rows().get(0).row().liveCount(clock.nowMillis()));
  }

  @Test
  void severalKeys_areAllOrNothing() {
    StoredRow full = StoredRow.ABSENT;
    for (int i = 0; i < LIMIT; i++) {
      Stamping one = stamping(minter, Row.EMPTY, full);
      one.execute(write(Kind.CONTEXT, "SET " + i, VersionVector.EMPTY), IN_TIME);
      full = one.rows().get(0);
    }
    Stamping both = stamping(minter, Row.EMPTY, StoredRow.ABSENT, full);
    assertEquals(
        Verdict.TOO_MANY_SIBLINGS,
        both.execute(write(Kind.CONTEXT, "SET v", VersionVector.EMPTY), IN_TIME));
    assertTrue(both.rows().get(0).isAbsent());
    assertFalse(both.isTouched(0));
  }

  @Test
  void retry_isStampedBesideATimeThatNoClockHasReached() {
    // Written while a clock was wrong.
    StoredRow own = new StoredRow(written(otherMinter, "v"), null);
    Sibling before = own.row().siblings().get(0);
    long wrong = clock.now() + HybridClock.ofMillis(86_400_000);
    Sibling ahead =
        new Sibling(
            before.dot(),
            wrong,
            0,
            Sibling.STRING,
            Sibling.Form.VALUE,
            before.value(),
            before.request(),
            false);
    StoredRow future =
        new StoredRow(new Row(VersionVector.of(ahead.dot(), wrong), List.of(ahead)), null);
    Stamping stamping = stamping(minter, Row.EMPTY, future);
    PendingWrite plain = write(Kind.PLAIN, "SET v", VersionVector.EMPTY, 99, clock.tick(), true);
    assertEquals(Verdict.STAMPED, stamping.execute(plain, IN_TIME));
  }

  @Test
  void retryOfSeveralKeys_writesThoseThatTheFirstAttemptHasNotReached() {
    StoredRow reached = new StoredRow(written(otherMinter, "v"), null);
    Stamping stamping = stamping(minter, Row.EMPTY, reached, StoredRow.ABSENT);
    PendingWrite again =
        write(Kind.PLAIN, "SET v", VersionVector.EMPTY, requests, clock.now(), true);
    assertEquals(Verdict.STAMPED, stamping.execute(again, IN_TIME));
    assertSame(reached, stamping.rows().get(0));
    assertTrue(stamping.isTouched(0));
    assertEquals(1, stamping.rows().get(1).row().liveCount(clock.nowMillis()));
    assertTrue(stamping.isTouched(1));
  }

  @Test
  void contextRetry_thatOnlyOthersHoldBesideAValueThatIsMissingIsStampedAgain() {
    // The missing value has expired, so that nobody has fetched it: the row cannot be stored.
    Stamping there = stamping(otherMinter, Row.EMPTY, StoredRow.ABSENT);
    there.execute(write(Kind.CONTEXT, "SET first", VersionVector.EMPTY), IN_TIME);
    long request = requests;
    StoredRow.Mint mint = there.rows().get(0).mint();
    StoredRow both =
        otherMinter.stamp(
            new StoredRow(there.rows().get(0).row(), mint),
            VersionVector.EMPTY,
            new Minter.NewValue(
                new byte[] {'x'},
                Sibling.STRING,
                clock.nowMillis() + 5,
                new RequestId(9, 9),
                false),
            clock);
    time.advanceMillis(10);
    List<Sibling> siblings = new ArrayList<>();
    for (Sibling s : both.row().siblings()) {
      siblings.add(s.expiryMillis() == 0 ? s : s.versionOnly());
    }
    Row learned = new Row(both.row().context(), siblings);
    Stamping stamping = stamping(minter, learned, StoredRow.ABSENT);
    PendingWrite again =
        write(Kind.CONTEXT, "SET first", VersionVector.EMPTY, request, clock.now(), true);
    stamping.execute(again, IN_TIME);
    assertEquals(1, stamping.rows().get(0).row().liveCount(clock.nowMillis()));
  }

  @Test
  void repeatedContextDelete_addsNothing() {
    VersionVector old = written(otherMinter, "v").context();
    Stamping stamping = stamping(minter, Row.EMPTY, new StoredRow(written(minter, "w"), null));
    assertEquals(Verdict.STAMPED, stamping.execute(write(Kind.CONTEXT, "DELEX", old), IN_TIME));
    StoredRow once = stamping.rows().get(0);
    Stamping again = stamping(minter, Row.EMPTY, once);
    assertEquals(Verdict.STAMPED, again.execute(write(Kind.CONTEXT, "DELEX", old), IN_TIME));
    assertSame(once, again.rows().get(0));
    // What the first one did may be here alone: only others that store it make it a delete.
    assertTrue(again.isTouched(0));
  }

  @Test
  void deadSiblings_areBoundedToo() {
    StoredRow row = StoredRow.ABSENT;
    Verdict last = Verdict.STAMPED;
    int writes = 0;
    while (last == Verdict.STAMPED && writes < 100) {
      Stamping one = stamping(minter, Row.EMPTY, row);
      last = one.execute(write(Kind.CONTEXT, "SETPX v", VersionVector.EMPTY), IN_TIME);
      row = one.rows().get(0);
      time.advanceMillis(10);
      writes++;
    }
    assertEquals(Verdict.TOO_MANY_SIBLINGS, last);
    assertEquals(2 * LIMIT, row.row().siblings().size());
    Stamping plain = stamping(minter, Row.EMPTY, row);
    assertEquals(
        Verdict.STAMPED, plain.execute(write(Kind.PLAIN, "SET v", VersionVector.EMPTY), IN_TIME));
    assertEquals(1, plain.rows().get(0).row().siblings().size());
  }
}
