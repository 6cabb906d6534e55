package io.cartwheel.cluster.simulate;

import io.cartwheel.cluster.environment.SimulatedTime;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Clients that each ask one thing after the other, at the node they like or at any that runs. The
 * first letter of a key says what is done with it.
 */
final class Workload {
  private static final long MILLI = 1_000_000;
  private static final int CLIENTS = 6;

  /** So seldom a read has a quorum of its own. */
  private static final int OWN_R_ONE_IN = 4;

  /** Where what is doubled may come when its tombstone has gone, so many steps are a short life. */
  private static final int SHORT_LIFE_ONE_IN = 4;

  private static final long LONGEST_LIFE_MILLIS = 400;

  private final Plan plan;
  private final SimulatedTime time;
  private final SplittableRandom random;
  private final List<Machine> machines;
  private final Oracle oracle;
  private final Requests requests;
  private int stepsLeft;
  private int busyClients;

  Workload(
      Plan plan,
      SimulatedTime time,
      SplittableRandom random,
      List<Machine> machines,
      Oracle oracle,
      Requests requests) {
    this.plan = plan;
    this.time = time;
    this.random = random;
    this.machines = machines;
    this.oracle = oracle;
    this.requests = requests;
  }

  /**
   * Keys that only plain writes and read-modify-writes change: where nothing fails, no siblings.
   */
  static boolean isPlain(String key) {
    return "pixegwto{".indexOf(key.charAt(0)) >= 0;
  }

  /** Keys whose values only grow. */
  static boolean onlyGrows(String key) {
    return key.charAt(0) == 'c' || key.charAt(0) == 'i';
  }

  /** So many requests from now on. */
  void begin(int steps) {
    stepsLeft = steps;
    for (int i = 0; i < CLIENTS; i++) {
      int home = random.nextInt(machines.size());
      busyClients++;
      time.after(random.nextLong(200 * MILLI), () -> step(home));
    }
  }

  boolean isDone() {
    return busyClients == 0;
  }

  private void step(int home) {
    if (stepsLeft <= 0) {
      busyClients--;
      return;
    }
    stepsLeft--;
    boolean away = random.nextInt(10) < 3;
    Machine at = machines.get(away ? random.nextInt(machines.size()) : home);
    // Some clients do not think.
    long thinkNanos = random.nextInt(3) == 0 ? 0 : random.nextLong(thinkMillis() * MILLI);
    Runnable next = () -> time.after(thinkNanos, () -> step(home));
    if (!at.takesRequests()) {
      time.after(50 * MILLI, () -> step(home));
    } else if (random.nextInt(40) == 0) {
      whole(at, next);
    } else if (plan.mayReviveTheReaped() && random.nextInt(SHORT_LIFE_ONE_IN) == 0) {
      shortLife(at, next);
    } else {
      one(at, next);
    }
  }

  /** Where tombstones are reaped a run is to last. */
  private long thinkMillis() {
    return plan.reaps() ? 1_600 : 400;
  }

  private void one(Machine at, Runnable next) {
    int die = random.nextInt(100);
    if (die < 20) {
      Request.Kind set = plan.reaps() ? Request.Kind.SET_EXPIRING : Request.Kind.SET;
      single(at, "p" + random.nextInt(3), next, Request.Kind.SET, set, Request.Kind.DEL);
    } else if (die < 37) {
      readAndWrite(at, "c" + random.nextInt(2), Request.Kind.SET_CONTEXT, next);
    } else if (die < 47) {
      single(at, "i" + random.nextInt(2), next, Request.Kind.ADD);
    } else if (die < 57) {
      single(
          at,
          "x" + random.nextInt(2),
          next,
          Request.Kind.SET_NX,
          Request.Kind.SET_NX,
          random.nextBoolean() ? Request.Kind.DEL : Request.Kind.GET_DEL);
    } else if (die < 62) {
      single(
          at,
          "e" + random.nextInt(plan.reaps() ? 6 : 2),
          next,
          Request.Kind.SET_EXPIRING,
          Request.Kind.SET_EXPIRING,
          Request.Kind.SET,
          Request.Kind.DEL);
    } else if (die < 68) {
      single(
          at,
          "g" + random.nextInt(2),
          next,
          Request.Kind.SET,
          Request.Kind.ADD,
          Request.Kind.EXPIRE,
          Request.Kind.GET_EX,
          Request.Kind.GET_DEL);
    } else if (die < 75) {
      single(
          at,
          "w:" + random.nextInt(2),
          next,
          Request.Kind.SET,
          Request.Kind.SET_EXPIRING,
          Request.Kind.DEL,
          Request.Kind.ADD);
    } else if (die < 82) {
      single(
          at, "q:" + random.nextInt(2), next, Request.Kind.SET, Request.Kind.ADD, Request.Kind.DEL);
    } else if (die < 89) {
      several(at, next);
    } else if (die < 95) {
      readAndWrite(
          at,
          "d0",
          random.nextBoolean() ? Request.Kind.SET_CONTEXT : Request.Kind.DEL_CONTEXT,
          next);
    } else {
      single(at, "d0", next, Request.Kind.SET, Request.Kind.DEL, Request.Kind.ADD);
    }
  }

  /** A key that is set once, deleted or left to expire, and never touched again. */
  private void shortLife(Machine at, Runnable next) {
    String key = "o" + oracle.history().requests.size();
    Request.Kind end = random.nextBoolean() ? Request.Kind.DEL : Request.Kind.SET_EXPIRING;
    Machine then = machines.get(random.nextInt(machines.size()));
    long livesNanos = random.nextLong(LONGEST_LIFE_MILLIS * MILLI);
    Runnable die =
        () -> {
          if (then.takesRequests()) {
            requests.write(then, end, List.of(key), null, next);
          } else {
            next.run();
          }
        };
    requests.write(at, Request.Kind.SET, List.of(key), null, () -> time.after(livesNanos, die));
  }

  private void single(Machine at, String key, Runnable next, Request.Kind... kinds) {
    if (random.nextInt(3) == 0) {
      requests.get(at, key, requests.quorumOf(key, OWN_R_ONE_IN), (request, reading) -> next.run());
    } else {
      requests.write(at, kinds[random.nextInt(kinds.length)], List.of(key), null, next);
    }
  }

  /** Several keys of one slot, decided together. */
  private void several(Machine at, Runnable next) {
    List<String> keys = new ArrayList<>(List.of("{t}0", "{t}1", "{t}2"));
    keys.remove(random.nextInt(3));
    if (random.nextInt(3) == 0) {
      keys.remove(0);
    }
    Request.Kind kind =
        List.of(
                Request.Kind.SET,
                Request.Kind.SET,
                Request.Kind.ADD,
                Request.Kind.SET_NX,
                Request.Kind.DEL)
            .get(random.nextInt(5));
    if (random.nextInt(3) == 0) {
      requests.get(at, keys.get(0), 0, (request, reading) -> next.run());
    } else {
      requests.write(at, kind, keys, null, next);
    }
  }

  /** A client that reads, merges what it finds, and writes with the token. */
  private void readAndWrite(Machine at, String key, Request.Kind kind, Runnable next) {
    requests.get(
        at,
        key,
        0,
        (request, reading) -> {
          if (reading == null) {
            next.run();
            return;
          }
          // The client has read; its next request comes later, perhaps elsewhere.
          Machine then = machines.get(random.nextInt(machines.size()));
          time.after(
              random.nextInt(3) == 0 ? random.nextLong(300 * MILLI) : 0,
              () -> {
                if (then.takesRequests()) {
                  requests.write(then, kind, List.of(key), reading, next);
                } else {
                  next.run();
                }
              });
        });
  }

  /** Requests about the whole cluster. */
  private void whole(Machine at, Runnable next) {
    int die = random.nextInt(4);
    if (die == 0) {
      requests.count(at, next);
    } else if (die == 1) {
      requests.randomKey(at, next);
    } else {
      boolean flushes = plan.flushes();
      requests.scan(
          at,
          0,
          (keys, complete) -> {
            if (flushes) {
              requests.deleteAll(at, keys, next);
            } else {
              next.run();
            }
          });
    }
  }
}
