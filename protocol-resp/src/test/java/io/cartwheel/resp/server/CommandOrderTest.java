package io.cartwheel.resp.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cartwheel.resp.command.CommandSpec.Order;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class CommandOrderTest {
  /** A command whose parts the oracle can see. */
  private static final class Command extends CommandOrder.Ticket {
    final Order order;
    final boolean write;
    final List<String> keys;
    boolean begun;
    boolean finished;

    Command(Order order, boolean write, List<String> keys) {
      super(order, write, keys.stream().map(key -> key.getBytes(StandardCharsets.UTF_8)).toList());
      this.order = order;
      this.write = write;
      this.keys = keys;
    }
  }

  private static Command read(String... keys) {
    return new Command(Order.KEYS, false, List.of(keys));
  }

  private static Command write(String... keys) {
    return new Command(Order.KEYS, true, List.of(keys));
  }

  private final CommandOrder order = new CommandOrder();

  @Test
  void writesOfOneKey_runOneAfterTheOther() {
    Command first = write("a");
    Command second = write("a");
    order.arrive(first);
    order.arrive(second);
    assertSame(first, order.poll());
    assertNull(order.poll());
    order.finish(first);
    assertSame(second, order.poll());
    order.finish(second);
    assertTrue(order.isEmpty());
  }

  @Test
  void readsOfOneKey_overlap_andAWriteWaitsForThem() {
    Command one = read("a");
    Command two = read("a");
    Command three = write("a");
    order.arrive(one);
    order.arrive(two);
    order.arrive(three);
    assertSame(one, order.poll());
    assertSame(two, order.poll());
    assertNull(order.poll());
    order.finish(two);
    assertNull(order.poll());
    order.finish(one);
    assertSame(three, order.poll());
  }

  @Test
  void aCommandOfSeveralKeys_waitsForAllOfThem() {
    Command a = write("a");
    Command b = write("b");
    Command both = read("a", "b", "a");
    order.arrive(a);
    order.arrive(b);
    order.arrive(both);
    assertSame(a, order.poll());
    assertSame(b, order.poll());
    order.finish(a);
    assertNull(order.poll());
    order.finish(b);
    assertSame(both, order.poll());
    order.finish(both);
    assertTrue(order.isEmpty());
  }

  @Test
  void aWriteThatNamesAKeyTwice_doesNotWaitForItself() {
    Command twice = write("a", "a");
    order.arrive(twice);
    assertSame(twice, order.poll());
    order.finish(twice);
    assertTrue(order.isEmpty());
  }

  @Test
  void anyRun_allowsExactlyWhatThePairwiseRuleAllows() {
    long seed = System.nanoTime();
    SplittableRandom random = new SplittableRandom(seed);
    for (int round = 0; round < 3000; round++) {
      walk(random.split(), "seed " + seed + ", round " + round);
    }
  }

  private static void walk(SplittableRandom random, String context) {
    CommandOrder order = new CommandOrder();
    List<Command> all = new ArrayList<>();
    Set<Command> offered = Collections.newSetFromMap(new java.util.IdentityHashMap<>());
    int steps = 40;
    while (true) {
      boolean arriving = all.size() < steps && random.nextBoolean();
      List<Command> running = all.stream().filter(c -> c.begun && !c.finished).toList();
      if (arriving) {
        Command command = any(random);
        all.add(command);
        order.arrive(command);
      } else if (!running.isEmpty()) {
        Command done = running.get(random.nextInt(running.size()));
        done.finished = true;
        order.finish(done);
      } else if (all.size() == steps) {
        break;
      }
      for (Command next = (Command) order.poll(); next != null; next = (Command) order.poll()) {
        assertTrue(mayBegin(next, all), context);
        assertTrue(offered.add(next), context);
        next.begun = true;
      }
      for (Command command : all) {
        assertEquals(false, !command.begun && mayBegin(command, all), context);
      }
    }
    assertTrue(all.stream().allMatch(command -> command.finished), context);
    assertTrue(order.isEmpty(), context);
  }

  private static Command any(SplittableRandom random) {
    int kind = random.nextInt(12);
    if (kind == 0) {
      return new Command(Order.ALL, random.nextBoolean(), List.of());
    }
    if (kind == 1) {
      return new Command(Order.LOCAL, false, List.of());
    }
    List<String> keys = new ArrayList<>();
    for (int i = 1 + random.nextInt(3); i > 0; i--) {
      keys.add("k" + random.nextInt(4));
    }
    return new Command(Order.KEYS, random.nextBoolean(), keys);
  }

  private static boolean mayBegin(Command command, List<Command> all) {
    for (Command earlier : all) {
      if (earlier == command) {
        return true;
      }
      if (!earlier.finished && conflict(earlier, command)) {
        return false;
      }
      if (command.order == Order.LOCAL && !earlier.begun) {
        return false;
      }
    }
    throw new AssertionError();
  }

  private static boolean conflict(Command earlier, Command later) {
    if (earlier.order == Order.ALL || later.order == Order.ALL) {
      return true;
    }
    Set<String> common = new HashSet<>(earlier.keys);
    common.retainAll(later.keys);
    return !common.isEmpty() && (earlier.write || later.write);
  }
}
