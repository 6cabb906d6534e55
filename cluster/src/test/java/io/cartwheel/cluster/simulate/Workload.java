package io.cartwheel.cluster.simulate;

import io.cartwheel.cluster.coordinate.Coordinator;
import io.cartwheel.cluster.coordinate.Coordinator.GetRequest;
import io.cartwheel.cluster.coordinate.Coordinator.GetResult;
import io.cartwheel.cluster.coordinate.Coordinator.ScanRequest;
import io.cartwheel.cluster.coordinate.Coordinator.ScanResult;
import io.cartwheel.cluster.coordinate.Coordinator.WriteRequest;
import io.cartwheel.cluster.coordinate.Coordinator.WriteResult;
import io.cartwheel.cluster.coordinate.Failure;
import io.cartwheel.cluster.environment.SimulatedTime;
import io.cartwheel.cluster.message.Message.Write.Kind;
import io.cartwheel.cluster.version.Reading;
import io.cartwheel.cluster.version.Sibling;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/**
 * Clients that each ask one thing after the other, at the node they like or at any that runs, and
 * tell the oracle what they were answered. The first letter of a key says what is done with it.
 */
final class Workload implements FaultInjector.Watcher {
  private static final long MILLI = 1_000_000;
  private static final int CLIENTS = 6;

  /** So seldom a value is long, and so long at the most. */
  private static final int LONG_ONE_IN = 40;

  private static final int LONGEST = 50_000;

  /** So seldom a request has a quorum of its own. */
  private static final int OWN_R_ONE_IN = 4;

  private static final int OWN_W_ONE_IN = 6;

  /** Beyond the timeout: a turn or two, and a timer's rounding. */
  private static final long SLACK_MILLIS = 60;

  /** Clocks run at rates of their own; the timeout is one of the node's clock. */
  private static final double CLOCK_RATE_SLACK = 1.03;

  /** So many request timeouts a request may take while nobody is missing. */
  private static final int MOST_TIMEOUTS = 12;

  /** Where what is doubled may come when its tombstone has gone, so many steps are a short life. */
  private static final int SHORT_LIFE_ONE_IN = 4;

  private static final long LONGEST_LIFE_MILLIS = 400;

  private static final int SCAN_BITS = 50;

  private static final int RETURN_LOOKS = 500;
  private static final long RETURN_LOOK_NANOS = 2 * MILLI;

  /** Less than a message takes: what a process has missed it is told as soon as it is heard. */
  private static final long WAKING_LOOK_NANOS = 20_000;

  private final Plan plan;
  private final SimulatedTime time;
  private final SplittableRandom random;
  private final List<Machine> machines;
  private final Oracle oracle;
  private final Fault.Counts counts;
  private final Calm calm;
  private final Consumer<String> log;
  private int stepsLeft;
  private int busyClients;

  Workload(
      Plan plan,
      SimulatedTime time,
      List<Machine> machines,
      Oracle oracle,
      Calm calm,
      Fault.Counts counts,
      Consumer<String> log) {
    this.plan = plan;
    this.time = time;
    this.random = time.newRandom();
    this.machines = machines;
    this.oracle = oracle;
    this.counts = counts;
    this.calm = calm;
    this.log = log;
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

  /**
   * A node has come back. As soon as it sees all others it is asked for plain writes of the keys
   * whose first owner it is: it must not rely on what it has missed.
   */
  @Override
  public void onReturned(Machine at) {
    awaitReturn(at, at.process(), RETURN_LOOKS, RETURN_LOOK_NANOS);
  }

  private void awaitReturn(Machine at, long process, int looks, long lookNanos) {
    if (looks == 0 || busyClients == 0 || !at.takesRequests() || at.process() != process) {
      return;
    }
    if (!calm.isNow()) {
      time.after(lookNanos, () -> awaitReturn(at, process, looks - 1, lookNanos));
      return;
    }
    setAllOf(at, at);
  }

  /**
   * Plain writes are forwarded over a link that has become slow; once they are answered, others
   * come from elsewhere, which the first attempts must not overwrite when they arrive after all.
   */
  @Override
  public void onSlowed(Machine from, Machine to) {
    for (String key : oracle.history().keys()) {
      if (key.charAt(0) == 'p'
          && busyClients > 0
          && from.takesRequests()
          && oracle.isFirstOwner(to.index, key)) {
        Machine elsewhere = machines.get(random.nextInt(machines.size()));
        set(from, key, () -> setIfRunning(elsewhere, key));
      }
    }
  }

  /** Others take the writes of the first owner, which is not told of them. */
  @Override
  public void onMissed(Machine machine) {
    for (Machine other : machines) {
      if (other != machine && !other.isFrozen()) {
        setAllOf(machine, other);
      }
    }
  }

  /** Nobody has told it yet what it has missed. */
  @Override
  public void onResumed(Machine machine) {
    awaitReturn(machine, machine.process(), RETURN_LOOKS, WAKING_LOOK_NANOS);
  }

  /** Writes all plain keys whose first owner the one is, at the other. */
  private void setAllOf(Machine owner, Machine at) {
    for (String key : oracle.history().keys()) {
      if (key.charAt(0) == 'p' && busyClients > 0 && oracle.isFirstOwner(owner.index, key)) {
        setIfRunning(at, key);
      }
    }
  }

  private void setIfRunning(Machine at, String key) {
    if (at.takesRequests()) {
      set(at, key, () -> {});
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
            write(then, end, List.of(key), null, next);
          } else {
            next.run();
          }
        };
    write(at, Request.Kind.SET, List.of(key), null, () -> time.after(livesNanos, die));
  }

  private void single(Machine at, String key, Runnable next, Request.Kind... kinds) {
    if (random.nextInt(3) == 0) {
      get(at, key, quorumOf(key, OWN_R_ONE_IN), (request, reading) -> next.run());
    } else {
      write(at, kinds[random.nextInt(kinds.length)], List.of(key), null, next);
    }
  }

  /** What a request asks for itself, mostly nothing. */
  private int quorumOf(String key, int oneIn) {
    int copies = Math.min(oracle.history().keyspaceOf(key).n(), machines.size());
    return random.nextInt(oneIn) == 0 ? 1 + random.nextInt(copies) : 0;
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
      get(at, keys.get(0), 0, (request, reading) -> next.run());
    } else {
      write(at, kind, keys, null, next);
    }
  }

  /** A client that reads, merges what it finds, and writes with the token. */
  private void readAndWrite(Machine at, String key, Request.Kind kind, Runnable next) {
    get(
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
                  write(then, kind, List.of(key), reading, next);
                } else {
                  next.run();
                }
              });
        });
  }

  private Request begin(Machine at, Request.Kind kind, List<String> keys) {
    Request request =
        new Request(
            oracle.history().requests.size(),
            kind,
            keys,
            at.index,
            at.process(),
            time.monotonicNanos(),
            at.heldNanos(),
            at.node.coordinator().nowMillis(),
            calm.isNow());
    for (String key : keys) {
      for (Machine machine : machines) {
        if (machine.saysItIsCurrent(key)) {
          oracle.onSaysItIsCurrent(machine.index, key, machine.startedNanos());
        }
      }
    }
    oracle.onBegun(request);
    return request;
  }

  private void write(
      Machine at, Request.Kind kind, List<String> keys, Reading past, Runnable next) {
    Request request = begin(at, kind, keys);
    request.sequence = at.nextSequence(keys.get(0));
    request.w = quorumOf(keys.get(0), OWN_W_ONE_IN);
    request.padding = random.nextInt(LONG_ONE_IN) == 0 ? random.nextInt(LONGEST) : 0;
    boolean persists = kind == Request.Kind.GET_EX && random.nextBoolean();
    if (kind.expires() && !persists) {
      request.expiryMillis =
          request.begunMillis + random.nextLong(20, plan.reaps() ? 1_000 : 4_000);
    }
    if (past != null) {
      request.token = past.context();
      request.tokenSaw = oracle.history().seenIn(keys.get(0), past);
      for (Sibling sibling : past.live()) {
        request.items.addAll(History.items(sibling.value()));
      }
    }
    request.items.add(request.number);
    Kind how =
        kind.hasContext()
            ? Kind.CONTEXT
            : kind.isReadModifyWrite() ? Kind.READ_MODIFY_WRITE : Kind.PLAIN;
    if (log != Run.SILENT) {
      log.accept(request + " " + keys);
    }
    at.node
        .coordinator()
        .write(
            new WriteRequest(
                keys.stream().map(History::bytes).toList(),
                how,
                SimulatedUpdates.encode(request),
                request.token,
                request.w),
            result -> onWritten(at, request, result, next));
    whenOrphaned(at, request, next);
  }

  private void onWritten(Machine at, Request request, WriteResult result, Runnable next) {
    onAnswered(at, request, String.valueOf(result.failure()));
    if (result.failure() == null) {
      request.outcome = Request.Outcome.OK;
      request.reply = History.text(result.reply());
      oracle.onAcknowledged(request);
    } else if (result.failure() instanceof Failure.NoQuorum failure && failure.mayTakeEffect()) {
      request.outcome = Request.Outcome.UNCERTAIN;
      counts.add(Fault.UNCERTAIN);
    } else {
      request.outcome = Request.Outcome.REFUSED;
      oracle.onRefused(request, result.failure());
    }
    next.run();
  }

  /** Who is told of a reading, null where it failed. */
  interface OnRead {
    void accept(Request request, Reading reading);
  }

  void get(Machine at, String key, int r, OnRead then) {
    Request request = begin(at, Request.Kind.GET, List.of(key));
    request.r = r;
    if (log != Run.SILENT) {
      log.accept(request + " " + key);
    }
    at.node
        .coordinator()
        .get(
            new GetRequest(History.bytes(key), r),
            result -> {
              onRead(at, request, result);
              then.accept(request, result.reading());
            });
    whenOrphaned(at, request, () -> then.accept(request, null));
  }

  private void onRead(Machine at, Request request, GetResult result) {
    onAnswered(at, request, String.valueOf(result.failure()));
    if (result.failure() == null) {
      request.outcome = Request.Outcome.OK;
      oracle.onRead(request, result.reading());
      // Answers leave after the commit of their turn.
      time.after(
          0,
          () -> {
            if (at.isRunning() && at.process() == request.process) {
              oracle.checkIsStored(request, result.reading());
            }
          });
      for (Sibling sibling : result.reading().live()) {
        time.note(sibling.dot().hashCode());
      }
    } else {
      request.outcome = Request.Outcome.REFUSED;
    }
  }

  /** Checks that an answer comes once and in time. */
  private void onAnswered(Machine at, Request request, String failure) {
    if (log != Run.SILENT) {
      log.accept(request + " is answered, failure: " + failure);
    }
    if (request.outcome != Request.Outcome.PENDING) {
      throw new Violation(request + " is answered again, after " + request.outcome);
    }
    request.endedNanos = time.monotonicNanos();
    time.note(request.number * 31L + failure.hashCode());
    long took = request.endedNanos - request.begunNanos;
    if (isTooLong(took)) {
      oracle.excuses().excuse(Excuse.HELD_UP);
      long held = at.heldNanos() - request.heldBeforeNanos;
      if (isTooLong(took - held)) {
        oracle.excuses().excuse(Excuse.BUSY);
      }
      if (isTooLong((took - held) / MOST_TIMEOUTS)) {
        throw new Violation(
            request
                + " "
                + request.keys
                + " is answered after "
                + MachineClock.millis(took - held)
                + " ms");
      }
    }
  }

  private boolean isTooLong(long nanos) {
    return MachineClock.millis(nanos) > plan.timeouts().request() * CLOCK_RATE_SLACK + SLACK_MILLIS;
  }

  /** The client of a process that is gone gets no answer, and goes on. */
  private void whenOrphaned(Machine at, Request request, Runnable next) {
    time.after(
        1_000 * MILLI,
        () -> {
          if (request.outcome != Request.Outcome.PENDING) {
            return;
          }
          if (at.isRunning() && at.process() == request.process) {
            whenOrphaned(at, request, next);
          } else {
            request.outcome = Request.Outcome.ORPHANED;
            next.run();
          }
        });
  }

  /** Requests about the whole cluster. */
  private void whole(Machine at, Runnable next) {
    Coordinator coordinator = at.node.coordinator();
    int die = random.nextInt(4);
    if (die == 0) {
      Request request = begin(at, Request.Kind.COUNT, List.of());
      coordinator.count(result -> onWhole(at, request, String.valueOf(result.failure()), next));
      whenOrphaned(at, request, next);
    } else if (die == 1) {
      Request request = begin(at, Request.Kind.RANDOM_KEY, List.of());
      coordinator.randomKey(result -> onWhole(at, request, String.valueOf(result.failure()), next));
      whenOrphaned(at, request, next);
    } else {
      boolean flushes = plan.flushes();
      scan(
          at,
          0,
          (keys, complete) -> {
            if (flushes) {
              deleteAll(at, keys, next);
            } else {
              next.run();
            }
          });
    }
  }

  private void onWhole(Machine at, Request request, String failure, Runnable next) {
    onAnswered(at, request, failure);
    request.outcome = "null".equals(failure) ? Request.Outcome.OK : Request.Outcome.REFUSED;
    next.run();
  }

  /** Who is told what a scan has found. */
  interface OnScanned {
    void accept(List<String> keys, boolean complete);
  }

  /** All live keys, page by page. */
  void scan(Machine at, long from, OnScanned then) {
    scan(at, from, new ArrayList<>(), then);
  }

  private void scan(Machine at, long from, List<String> found, OnScanned then) {
    if (!at.takesRequests()) {
      then.accept(found, false);
      return;
    }
    Request request = begin(at, Request.Kind.SCAN, List.of());
    at.node
        .coordinator()
        .scan(
            new ScanRequest(from, 0, 1 + random.nextInt(10), SCAN_BITS),
            result -> onScanned(at, request, result, found, then));
    whenOrphaned(at, request, () -> then.accept(found, false));
  }

  private void onScanned(
      Machine at, Request request, ScanResult result, List<String> found, OnScanned then) {
    onAnswered(at, request, String.valueOf(result.failure()));
    request.outcome = result.failure() == null ? Request.Outcome.OK : Request.Outcome.REFUSED;
    result.keys().forEach(key -> found.add(History.text(key)));
    if (result.failure() != null || result.next() == 0) {
      then.accept(found, result.failure() == null);
    } else {
      time.after(0, () -> scan(at, result.next(), found, then));
    }
  }

  /** As FLUSHALL does: a delete for each key that a scan has found. */
  private void deleteAll(Machine at, List<String> keys, Runnable next) {
    if (keys.isEmpty() || !at.takesRequests()) {
      next.run();
      return;
    }
    List<String> rest = keys.subList(1, keys.size());
    write(
        at,
        Request.Kind.DEL,
        List.of(keys.get(0)),
        null,
        () -> time.after(0, () -> deleteAll(at, rest, next)));
  }

  /** A plain write of a key. */
  void set(Machine at, String key, Runnable next) {
    write(at, Request.Kind.SET, List.of(key), null, next);
  }
}
