package io.cartwheel.cluster.environment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class ByteBudgetTest {
  private static final long ROOM = 1 << 20;

  @Test
  void pieces_areTakenUpToTheRoomLessWhatIsLeftToSmallOnes() {
    ByteBudget budget = new ByteBudget(ROOM);
    int taken = 0;
    while (budget.take(100_000)) {
      taken++;
    }
    assertEquals(ROOM * 7 / 8 / 100_000, taken);
    while (budget.take(ByteBudget.SMALL_BYTES)) {
      taken++;
    }
    assertTrue(budget.bytes() > ROOM - ByteBudget.SMALL_BYTES && budget.bytes() <= ROOM);
    budget.giveBack(100_000);
    assertFalse(budget.take(100_000), "small ones are where it was");
    assertTrue(budget.take(ByteBudget.SMALL_BYTES));
  }

  @Test
  void outsizedPiece_passesAFullBudgetAndIsTheOnlyOne() {
    ByteBudget budget = new ByteBudget(ROOM);
    while (budget.take(ByteBudget.SMALL_BYTES)) {
      assertTrue(budget.bytes() <= ROOM);
    }
    assertTrue(budget.take(3 * ROOM));
    assertFalse(budget.take(ROOM / 2 + 1));
    assertTrue(budget.bytes() <= 4 * ROOM);
    budget.giveBack(3 * ROOM);
    assertTrue(budget.take(ROOM / 2 + 1));
  }

  @Test
  void outsizedPiece_keepsNobodyOut() {
    ByteBudget budget = new ByteBudget(ROOM);
    assertTrue(budget.take(3 * ROOM));
    assertTrue(budget.take(ROOM / 2));
  }

  @Test
  void whatWasNotTaken_isNotGivenBack() {
    ByteBudget budget = new ByteBudget(ROOM);
    assertThrows(IllegalStateException.class, () -> budget.giveBack(1));
    assertThrows(IllegalStateException.class, () -> budget.giveBack(ROOM));
  }

  @Test
  void threads_neverTakeMoreThanThereIs() throws Exception {
    ByteBudget budget = new ByteBudget(ROOM);
    AtomicBoolean exceeded = new AtomicBoolean();
    CountDownLatch ended = new CountDownLatch(4);
    for (int t = 0; t < 4; t++) {
      SplittableRandom random = new SplittableRandom(t);
      new Thread(
              () -> {
                List<Long> mine = new ArrayList<>();
                for (int i = 0; i < 20_000; i++) {
                  long bytes = random.nextLong(ROOM / 3);
                  if (budget.take(bytes)) {
                    mine.add(bytes);
                  } else if (!mine.isEmpty()) {
                    budget.giveBack(mine.remove(mine.size() - 1));
                  }
                  if (budget.bytes() > ROOM) {
                    exceeded.set(true);
                  }
                }
                mine.forEach(budget::giveBack);
                ended.countDown();
              })
          .start();
    }
    ended.await();
    assertFalse(exceeded.get());
    assertEquals(0, budget.bytes());
  }
}
