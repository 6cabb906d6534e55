package io.cartwheel.cluster.simulate;

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
 * Asks nodes for what a client wants, tells the oracle what they answer, and sees that every answer
 * comes once and in time.
 */
final class Requests {
  private static final long MILLI = 1_000_000;

  /** So seldom a value is long, and so long at the most. */
  private static final int LONG_ONE_IN = 40;

  private static final int LONGEST = 50_000;

  /** So seldom a write has a quorum of its own. */
  private static final int OWN_W_ONE_IN = 6;

  /** Beyond the timeout: a turn or two, and a timer's rounding. */
  private static final long SLACK_MILLIS = 60;

  /** Clocks run at rates of their own; the timeout is one of the node's clock. */
  private static final double CLOCK_RATE_SLACK = 1.03;

  /** So many request timeouts a request may take while nobody is missing. */
  private static final int MOST_TIMEOUTS = 12;

  private static final int SCAN_BITS = 50;

  private final Plan plan;
  private final SimulatedTime time;
  private final SplittableRandom random;
  private final List<Machine> machines;
  private final Oracle oracle;
  private final Fault.Counts counts;
  private final Calm calm;
  private final Consumer<String> log;

  /**
   * @param random of all that is drawn for what clients ask
   */
  Requests(
      Plan plan,
      SimulatedTime time,
      SplittableRandom random,
      List<Machine> machines,
      Oracle oracle,
      Calm calm,
      Fault.Counts counts,
      Consumer<String> log) {
    this.plan = plan;
    this.time = time;
    this.random = random;
    this.machines = machines;
    this.oracle = oracle;
    this.calm = calm;
    this.counts = counts;
    this.log = log;
  }

  /** What a request asks for itself, mostly nothing. */
  int quorumOf(String key, int oneIn) {
    int copies = Math.min(oracle.history().keyspaceOf(key).n(), machines.size());
    return random.nextInt(oneIn) == 0 ? 1 + random.nextInt(copies) : 0;
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

  void write(Machine at, Request.Kind kind, List<String> keys, Reading past, Runnable next) {
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
  void deleteAll(Machine at, List<String> keys, Runnable next) {
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

  /** Asks how many keys there are. */
  void count(Machine at, Runnable next) {
    Request request = begin(at, Request.Kind.COUNT, List.of());
    at.node
        .coordinator()
        .count(result -> onWhole(at, request, String.valueOf(result.failure()), next));
    whenOrphaned(at, request, next);
  }

  /** Asks for any key. */
  void randomKey(Machine at, Runnable next) {
    Request request = begin(at, Request.Kind.RANDOM_KEY, List.of());
    at.node
        .coordinator()
        .randomKey(result -> onWhole(at, request, String.valueOf(result.failure()), next));
    whenOrphaned(at, request, next);
  }
}
