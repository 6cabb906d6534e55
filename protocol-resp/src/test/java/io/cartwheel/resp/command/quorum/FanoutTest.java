package io.cartwheel.resp.command.quorum;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class FanoutTest {
  private static final int MANY = 200_000;

  @Test
  void stepsThatEndAtOnce_doNotGrowTheStack() {
    AtomicInteger steps = new AtomicInteger();
    AtomicInteger done = new AtomicInteger();
    Fanout.run(
        MANY,
        3,
        (index, end) -> {
          steps.incrementAndGet();
          end.run();
        },
        done::incrementAndGet);
    assertEquals(MANY, steps.get());
    assertEquals(1, done.get());
  }

  @Test
  void noStep_isDone() {
    AtomicInteger done = new AtomicInteger();
    Fanout.run(0, 3, (index, end) -> {}, done::incrementAndGet);
    assertEquals(1, done.get());
  }

  @Test
  void noMoreThanSoManyAreBegun_inOrder() {
    Deque<Runnable> open = new ArrayDeque<>();
    List<Integer> begun = new ArrayList<>();
    AtomicInteger done = new AtomicInteger();
    Fanout.run(
        7,
        3,
        (index, end) -> {
          begun.add(index);
          open.add(end);
        },
        done::incrementAndGet);
    while (!open.isEmpty()) {
      assertTrue(open.size() <= 3);
      assertEquals(0, done.get());
      open.pollLast().run();
    }
    assertEquals(List.of(0, 1, 2, 3, 4, 5, 6), begun);
    assertEquals(1, done.get());
  }

  @Test
  void stepsThatEndOnOtherThreads_areAllRun() throws InterruptedException {
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      int[] written = new int[20_000];
      AtomicInteger open = new AtomicInteger();
      AtomicInteger most = new AtomicInteger();
      CountDownLatch done = new CountDownLatch(1);
      Fanout.run(
          written.length,
          8,
          (index, end) -> {
            most.accumulateAndGet(open.incrementAndGet(), Math::max);
            threads.execute(
                () -> {
                  written[index]++;
                  open.decrementAndGet();
                  end.run();
                });
          },
          done::countDown);
      assertTrue(done.await(20, TimeUnit.SECONDS));
      for (int count : written) {
        assertEquals(1, count);
      }
      assertTrue(most.get() <= 8, most.toString());
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void repetition_doesNotGrowTheStack() {
    AtomicInteger times = new AtomicInteger();
    Repetition.run(
        again -> {
          if (times.incrementAndGet() < MANY) {
            again.run();
          }
        });
    assertEquals(MANY, times.get());
  }
}
