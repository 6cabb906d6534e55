package io.cartwheel.cluster.version;

import io.cartwheel.cluster.version.RowWorld.Copy;
import io.cartwheel.cluster.version.RowWorld.Known;
import io.cartwheel.cluster.version.RowWorld.Stamper;
import io.cartwheel.cluster.version.RowWorld.Violation;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.LongFunction;

/** Long random histories of a {@link RowWorld}; a supply of rows that can really arise. */
final class RowWalk {
  static final LongFunction<Stamper> REAL =
      process -> new Minter(new SplittableRandom(process), process)::stamp;

  private RowWalk() {}

  /** A history of some length, drawn from the seed, that ends with everybody telling everything. */
  static RowWorld of(LongFunction<Stamper> stampers, VectorLimit limit, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    StoppedClock clock = new StoppedClock();
    RowWorld world = new RowWorld(2 + random.nextInt(3), stampers, limit, clock);
    try {
      int steps = 10 + random.nextInt(60);
      for (int i = 0; i < steps; i++) {
        // To and fro, by less than what makes a time incredible.
        clock.wallMillis = StoppedClock.START_MILLIS + random.nextInt(40_000);
        step(world, random);
      }
      world.checkConverged();
    } catch (Violation e) {
      Violation named =
          new Violation(
              "seed " + seed + " (-Dcartwheel.rows.seed=" + seed + "): " + e.getMessage());
      named.initCause(e);
      throw named;
    }
    return world;
  }

  private static void step(RowWorld world, SplittableRandom random) {
    int replica = random.nextInt(world.replicas());
    int other = random.nextInt(world.replicas());
    int kind = random.nextInt(100);
    Known own = known(world.present(replica));
    if (kind < 45 && world.writes() < RowWorld.MAX_WRITES) {
      world.write(replica, kind < 25 ? own : any(world.rows(), random));
    } else if (kind < 80) {
      world.merge(replica, kind < 65 ? known(world.present(other)) : any(world.rows(), random));
    } else if (kind < 87) {
      world.forget(replica);
    } else if (kind < 91) {
      world.restart(replica, world.present(replica));
    } else if (kind < 97) {
      world.restart(replica, any(world.disk(replica), random));
    } else {
      world.restart(replica, any(world.disk(other), random));
    }
  }

  private static Known known(Copy copy) {
    return new Known(copy.stored().row(), copy.writes());
  }

  private static <T> T any(List<T> list, SplittableRandom random) {
    return list.get(random.nextInt(list.size()));
  }
}
