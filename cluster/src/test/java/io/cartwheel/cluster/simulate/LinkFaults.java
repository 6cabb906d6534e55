package io.cartwheel.cluster.simulate;

import io.cartwheel.cluster.transport.VirtualNetwork;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** What goes wrong between nodes: connections that break, and links that are silent or slow. */
final class LinkFaults {
  private static final long MILLI = 1_000_000;

  /** Around every timeout there is. */
  private static final List<Integer> SLOW_MILLIS = List.of(75, 150, 300, 320, 500, 700, 1_000);

  private final SplittableRandom random;
  private final VirtualNetwork network;
  private final List<Machine> machines;
  private final Weather weather;
  private final Calm calm;
  private final FaultInjector.Watcher watcher;

  LinkFaults(
      SplittableRandom random,
      VirtualNetwork network,
      List<Machine> machines,
      Weather weather,
      Calm calm,
      FaultInjector.Watcher watcher) {
    this.random = random;
    this.network = network;
    this.machines = machines;
    this.weather = weather;
    this.calm = calm;
    this.watcher = watcher;
  }

  /** Two groups of nodes lose their connections. */
  void split() {
    List<Machine> one = new ArrayList<>();
    List<Machine> other = new ArrayList<>();
    machines.forEach(machine -> (random.nextBoolean() ? one : other).add(machine));
    for (Machine a : one) {
      other.forEach(b -> network.cut(a.address(), b.address()));
    }
  }

  /** A node loses its connections to some others. */
  void cutOff(Machine machine) {
    for (Machine other : machines) {
      if (other != machine && random.nextInt(3) > 0) {
        network.cut(machine.address(), other.address());
      }
    }
  }

  /** What the first sends to the second is late from now on. */
  void slowDown(Machine from, Machine to) {
    if (from != to) {
      long nanos = SLOW_MILLIS.get(random.nextInt(SLOW_MILLIS.size())) * MILLI;
      String way = way(from.address(), to.address());
      weather.slow.put(way, nanos);
      calm.slowDown(way);
      watcher.onSlowed(from, to);
    }
  }

  /** No link is slow any more. */
  void speedUp() {
    weather.slow.clear();
    calm.endSlowness(FaultInjector.feltNanos(Fault.SLOW_LINK));
  }

  static String way(String from, String to) {
    return from + ">" + to;
  }

  /** Nothing reaches or leaves a node any more. */
  void silence(Machine machine) {
    for (Machine other : machines) {
      if (other != machine) {
        network.mute(machine.address(), other.address());
        network.mute(other.address(), machine.address());
      }
    }
  }
}
