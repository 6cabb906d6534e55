package io.cartwheel.cluster.version;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cartwheel.cluster.version.RowWorld.Copy;
import io.cartwheel.cluster.version.RowWorld.Known;
import io.cartwheel.cluster.version.RowWorld.Stamper;
import io.cartwheel.cluster.version.RowWorld.Violation;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.LongFunction;
import org.junit.jupiter.api.Test;

/**
 * Whatever befalls a row, no value disappears that no later write saw. {@link RowWorld} states what
 * is checked; here worlds are searched, small ones wholly and larger ones at random. That the
 * search is sharp enough is shown by minters without one of the rules, in which it finds a loss.
 */
class RowExplorerTest {
  private static final int WALKS = Integer.getInteger("cartwheel.rows.walks", 4_000);
  private static final long SEED = Long.getLong("cartwheel.rows.seed", 20261121);

  /** The usual scheme: the actor is the process, and the row's context tells the next counter. */
  private static final LongFunction<Stamper> WITHOUT_LOCAL_FIELD =
      process -> {
        Minter minter = new Minter(new SplittableRandom(process), process);
        return RowWorld.with(
            minter,
            (stored, past) -> {
              long known = stored.row().context().join(past).counterOf(process + 1);
              return new StoredRow(stored.row(), new StoredRow.Mint(process + 1, known, process));
            });
      };

  /** The counter of a process runs on, whatever becomes of the row. */
  private static final LongFunction<Stamper> COUNTER_RUNS_ON =
      process -> {
        Minter minter = new Minter(new SplittableRandom(process), process);
        StoredRow.Mint[] last = {null};
        return (stored, past, value, clock) -> {
          StoredRow stamped =
              minter.stamp(new StoredRow(stored.row(), last[0]), past, value, clock);
          last[0] = stamped.mint();
          return stamped;
        };
      };

  /** A restarted process goes on where its disk says that it stopped. */
  private static final LongFunction<Stamper> WITHOUT_PROCESS_RULE =
      process ->
          RowWorld.with(
              new Minter(new SplittableRandom(process), process),
              (stored, past) ->
                  stored.mint() == null
                      ? stored
                      : new StoredRow(
                          stored.row(),
                          new StoredRow.Mint(
                              stored.mint().actor(), stored.mint().counter(), process)));

  @Test
  void twoReplicas_loseNothingInAnyHistoryOfSixSteps() {
    long states = explore(world(2, RowWalk.REAL, null), 6);
    assertTrue(states > 1_000_000, () -> "only " + states + " states were reached");
  }

  @Test
  void threeReplicas_loseNothingInAnyHistoryOfFiveSteps() {
    long states = explore(world(3, RowWalk.REAL, null), 5);
    assertTrue(states > 300_000, () -> "only " + states + " states were reached");
  }

  @Test
  void twoReplicasThatCutTheirVectors_loseNothingInAnyHistoryOfFiveSteps() {
    long states = explore(world(2, RowWalk.REAL, new VectorLimit(1, 0)), 5);
    assertTrue(states > 50_000, () -> "only " + states + " states were reached");
  }

  @Test
  void longWalks_loseNothing() {
    for (int i = 0; i < WALKS; i++) {
      RowWalk.of(RowWalk.REAL, null, SEED + i);
    }
  }

  @Test
  void longWalksWithCutVectors_loseNothing() {
    for (int i = 0; i < WALKS; i++) {
      RowWalk.of(RowWalk.REAL, new VectorLimit(1 + i % 3, i % 2 * 5_000L), SEED + i);
    }
  }

  @Test
  void merge_isIdempotentCommutativeAssociativeOverRowsThatArise() {
    for (int i = 0; i < WALKS / 10; i++) {
      long seed = SEED + i;
      List<Known> rows = RowWalk.of(RowWalk.REAL, null, seed).rows();
      SplittableRandom random = new SplittableRandom(seed);
      for (int j = 0; j < 50; j++) {
        Row a = rows.get(random.nextInt(rows.size())).row();
        Row b = rows.get(random.nextInt(rows.size())).row();
        Row c = rows.get(random.nextInt(rows.size())).row();
        assertSame(a, a.merge(a), () -> "seed " + seed);
        assertEquals(a.merge(b), b.merge(a), () -> "seed " + seed);
        assertEquals(a.merge(b).merge(c), a.merge(b.merge(c)), () -> "seed " + seed);
        Row both = a.merge(b);
        assertSame(both, both.merge(b), () -> "seed " + seed);
        assertSame(both, both.merge(a), () -> "seed " + seed);
        assertEquals(both.sameDots(a), a.includes(b), () -> a + " " + b + " seed " + seed);
      }
    }
  }

  @Test
  void explorer_findsViolationWhenTheMinterHasNoLocalField() {
    assertThrows(Violation.class, () -> explore(world(2, WITHOUT_LOCAL_FIELD, null), 4));
  }

  @Test
  void explorer_findsViolationWhenTheCounterRunsOnWithoutItsRow() {
    assertThrows(Violation.class, () -> explore(world(2, COUNTER_RUNS_ON, null), 4));
  }

  @Test
  void explorer_findsViolationWhenARestartedProcessExtendsItsOldActor() {
    assertThrows(Violation.class, () -> explore(world(2, WITHOUT_PROCESS_RULE, null), 4));
  }

  @Test
  void walks_findViolationsOfEveryBrokenMinter() {
    for (LongFunction<Stamper> broken :
        List.of(WITHOUT_LOCAL_FIELD, COUNTER_RUNS_ON, WITHOUT_PROCESS_RULE)) {
      assertThrows(
          Violation.class,
          () -> {
            for (int i = 0; i < 100; i++) {
              RowWalk.of(broken, null, SEED + i);
            }
          });
    }
  }

  private static RowWorld world(int replicas, LongFunction<Stamper> stampers, VectorLimit limit) {
    return new RowWorld(replicas, stampers, limit, new StoppedClock());
  }

  /** Tries every history of so many steps that begins with a write; returns how many states. */
  private static long explore(RowWorld start, int steps) {
    RowWorld written = start.copy();
    written.write(0, RowWorld.NOTHING);
    return exploreFrom(written, steps - 1);
  }

  private static long exploreFrom(RowWorld world, int steps) {
    world.checkConverged();
    if (steps == 0) {
      return 1;
    }
    long states = 1;
    for (int replica = 0; replica < world.replicas(); replica++) {
      Copy present = world.present(replica);
      for (Known known : world.rows()) {
        RowWorld next = world.copy();
        next.write(replica, known);
        states += exploreFrom(next, steps - 1);
        if ((known.writes() & ~present.writes()) != 0) {
          next = world.copy();
          next.merge(replica, known);
          states += exploreFrom(next, steps - 1);
        }
      }
      if (present.writes() != 0) {
        RowWorld next = world.copy();
        next.forget(replica);
        states += exploreFrom(next, steps - 1);
      }
      for (int from = 0; from < world.replicas(); from++) {
        for (Copy found : world.disk(from)) {
          RowWorld next = world.copy();
          next.restart(replica, found);
          states += exploreFrom(next, steps - 1);
        }
      }
    }
    return states;
  }
}
