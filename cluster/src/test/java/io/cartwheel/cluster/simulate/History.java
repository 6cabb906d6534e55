package io.cartwheel.cluster.simulate;

import io.cartwheel.cluster.environment.SimulatedTime;
import io.cartwheel.cluster.ring.Keyspace;
import io.cartwheel.cluster.ring.Keyspaces;
import io.cartwheel.cluster.version.Dot;
import io.cartwheel.cluster.version.HybridClock;
import io.cartwheel.cluster.version.Reading;
import io.cartwheel.cluster.version.RequestId;
import io.cartwheel.cluster.version.Row;
import io.cartwheel.cluster.version.Sibling;
import io.cartwheel.cluster.version.VersionVector;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * All that was asked, decided and stored: which write stands behind a dot, and which writes another
 * one saw. A value that is live is seen where it is shown, by the number of its decision that
 * stands in it. Of dead ones (tombstones, expired values) a reading tells nothing but its context;
 * only for them it is believed.
 */
final class History {
  private static final int NO_VALUE = -1;

  /** Between what a value holds and what makes it long. */
  private static final char PADDING = '/';

  /** What is known of a dot. */
  private record Named(
      String key, long time, RequestId request, byte[] value, boolean tombstone, Decision by) {}

  private final SimulatedTime time;
  private final Keyspaces keyspaces;

  /** After it a plain write's attempt may be a retry, which covers less than it sees. */
  private final long firstRetryNanos;

  final List<Request> requests = new ArrayList<>();
  private final List<Decision> decisions = new ArrayList<>();
  private final Map<Dot, Named> dots = new HashMap<>();
  private final Map<String, List<Dot>> dotsOfKey = new TreeMap<>();

  /** Decisions to delete that have no dot yet. */
  private final Map<String, List<PendingDelete>> deletes = new HashMap<>();

  private final Map<String, List<Write>> writes = new TreeMap<>();

  /** Node and start of the process that calls itself by a number in its requests. */
  private final Map<Long, String> processes = new HashMap<>();

  private record PendingDelete(Decision decision, long nowMillis) {}

  History(SimulatedTime time, Plan plan) {
    this.time = time;
    this.keyspaces = plan.keyspaces();
    // Clocks run at rates of their own.
    this.firstRetryNanos = plan.timeouts().attempt() * 1_000_000L * 5 / 6;
  }

  void begin(Request request) {
    requests.add(request);
    for (Write write : request.writes) {
      writes.computeIfAbsent(write.key, k -> new ArrayList<>()).add(write);
    }
  }

  /** All writes of a key. */
  List<Write> writesOf(String key) {
    return writes.getOrDefault(key, List.of());
  }

  /** All keys that were ever to be written, in order. */
  List<String> keys() {
    return List.copyOf(writes.keySet());
  }

  Keyspace keyspaceOf(String key) {
    return keyspaces.of(bytes(key));
  }

  boolean isNewest(String key) {
    return keyspaceOf(key).conflicts() == Keyspace.Conflicts.NEWEST;
  }

  /** A coordinator decides a write. */
  Decision decide(Write write, Decision.Place place, Reading reading, long nowMillis) {
    Request request = write.request;
    List<Decision> saw = new ArrayList<>();
    List<Decision> doubtful = new ArrayList<>();
    if (request.kind.hasContext()) {
      saw.addAll(request.tokenSaw);
    } else {
      boolean mayBeRetry =
          !request.kind.isReadModifyWrite()
              && time.monotonicNanos() - request.begunNanos > firstRetryNanos;
      for (Decision seen : seenIn(write.key, reading)) {
        boolean later =
            seen.dot != null
                && HybridClock.millisOf(dots.get(seen.dot).time) >= request.begunMillis;
        boolean own = seen.write == write;
        (mayBeRetry && !own && (later || seen.dot == null) ? doubtful : saw).add(seen);
      }
      addUnstoredDead(write.key, place, nowMillis, doubtful);
    }
    boolean deletes = request.kind.deletes();
    Decision decision =
        new Decision(
            decisions.size(),
            write,
            place,
            time.monotonicNanos(),
            nowMillis,
            deletes,
            saw,
            doubtful);
    decisions.add(decision);
    write.decisions.add(decision);
    decision.deletesNothing = deletes && reading.context().isEmpty() && request.token.isEmpty();
    if (deletes && !decision.deletesNothing) {
      deletes(write.key).add(new PendingDelete(decision, nowMillis));
    }
    return decision;
  }

  private List<PendingDelete> deletes(String key) {
    return deletes.computeIfAbsent(key, k -> new ArrayList<>());
  }

  /**
   * What is dead and was decided here before shows in no reading while no disk has stored it: a
   * step may hold several writes, and an engine may take none for a while. Perhaps it left no
   * trace.
   */
  private void addUnstoredDead(
      String key, Decision.Place place, long nowMillis, List<Decision> doubtful) {
    for (PendingDelete pending : deletes(key)) {
      if (isUnstored(pending.decision, place)) {
        doubtful.add(pending.decision);
      }
    }
    for (Write write : writesOf(key)) {
      long expiryMillis = write.request.expiryMillis;
      boolean expired = expiryMillis != Sibling.NO_EXPIRY && expiryMillis <= nowMillis;
      for (Decision before : write.decisions) {
        if (expired && isUnstored(before, place)) {
          doubtful.add(before);
        }
      }
    }
  }

  private static boolean isUnstored(Decision decision, Decision.Place place) {
    return decision.dot == null && decision.place.equals(place);
  }

  /** What a row shows. */
  Reading reading(String key, Row row, long nowMillis) {
    return Reading.of(row, isNewest(key), nowMillis);
  }

  /** The decisions behind what a reader or writer sees. */
  List<Decision> seenIn(String key, Reading reading) {
    List<Decision> seen = new ArrayList<>();
    for (Sibling sibling : reading.live()) {
      Decision shown = decisionOf(sibling);
      seen.add(shown);
      // Of several siblings of one request only one is shown.
      for (Decision other : shown.write.decisions) {
        if (other != shown && other.dot != null && reading.context().covers(other.dot)) {
          seen.add(other);
        }
      }
    }
    boolean newest = isNewest(key);
    for (Dot dot : dotsOfKey.getOrDefault(key, List.of())) {
      Decision by = dots.get(dot).by;
      boolean mayBeDead = by.deletes || by.write.request.expiryMillis != Sibling.NO_EXPIRY;
      if ((newest || mayBeDead) && reading.context().covers(dot)) {
        seen.add(by);
      }
    }
    if (coversNameless(key, reading.context())) {
      deletes(key).forEach(pending -> seen.add(pending.decision));
    }
    return seen;
  }

  /**
   * Whether a context covers a dot that no disk has stored: what was overwritten in the turn that
   * stamped it never will be, but a reader of that turn may be shown it.
   */
  private boolean coversNameless(String key, VersionVector context) {
    List<Dot> named = dotsOfKey.getOrDefault(key, List.of());
    for (int i = 0; i < context.size(); i++) {
      long actor = context.actorAt(i);
      long counter = context.counterAt(i);
      if (named.stream().noneMatch(dot -> dot.actor() == actor && dot.counter() == counter)) {
        return true;
      }
    }
    return false;
  }

  /** The decision behind a sibling that somebody shows or stores. */
  Decision decisionOf(Sibling sibling) {
    Named named = dots.get(sibling.dot());
    if (named != null) {
      return named.by;
    }
    int number = number(sibling.value());
    if (number == NO_VALUE) {
      throw new Violation("a sibling that no disk has stored: " + sibling);
    }
    return decisions.get(number);
  }

  /** The decisions behind a row's siblings. */
  List<Decision> decisionsOf(Row row) {
    return row.siblings().stream().map(this::decisionOf).toList();
  }

  /**
   * A disk stores a row.
   *
   * @return decisions that were not stored before, at all or at their coordinators
   */
  List<Decision> onStored(int node, String key, Row before, Row after) {
    List<Sibling> fresh = new ArrayList<>();
    List<Decision> decided = new ArrayList<>();
    for (Sibling sibling : after.siblings()) {
      if (!after.context().covers(sibling.dot())) {
        throw new Violation(key + " at n" + node + ": the context does not cover " + sibling);
      }
      Named named = dots.get(sibling.dot());
      if (named == null) {
        fresh.add(sibling);
      } else {
        checkSame(key, sibling, named);
        if (onStoredAtCoordinator(node, named.by, before, after)) {
          decided.add(named.by);
        }
      }
    }
    // Of several deletes the latest are matched first.
    fresh.sort(Comparator.comparingLong(Sibling::time).reversed());
    // All have their names before it is asked what each of them saw.
    List<Decision> stored = fresh.stream().map(sibling -> name(node, key, sibling)).toList();
    for (Decision by : stored) {
      onStoredAtCoordinator(node, by, before, after);
      decided.add(by);
    }
    return decided;
  }

  private static void checkSame(String key, Sibling sibling, Named named) {
    boolean tombstone = sibling.form() == Sibling.Form.TOMBSTONE;
    boolean sameValue =
        sibling.value() == null
            || named.value == null
            || Arrays.equals(sibling.value(), named.value);
    if (!key.equals(named.key)
        || tombstone != named.tombstone
        || !sameValue
        || sibling.time() != named.time
        || !sibling.request().equals(named.request)) {
      throw new Violation(
          "dot " + sibling.dot() + " names two values: " + named.by + " and another of " + key);
    }
  }

  private Decision name(int node, String key, Sibling sibling) {
    boolean tombstone = sibling.form() == Sibling.Form.TOMBSTONE;
    Decision by =
        tombstone ? deleteBehind(node, key, sibling) : decisions.get(number(sibling.value()));
    if (by == null || !by.write.key.equals(key)) {
      throw new Violation(key + " at n" + node + ": nobody decided " + sibling);
    }
    if (by.dot != null) {
      throw new Violation(by + " has two dots: " + by.dot + " and " + sibling.dot());
    }
    by.dot = sibling.dot();
    processes.putIfAbsent(sibling.request().process(), process(by.write.request));
    dots.put(
        sibling.dot(),
        new Named(key, sibling.time(), sibling.request(), sibling.value(), tombstone, by));
    dotsOfKey.computeIfAbsent(key, k -> new ArrayList<>()).add(sibling.dot());
    return by;
  }

  /**
   * That of the request which the tombstone names; of several attempts the latest that fits. A
   * request that waited for a loop may have been numbered after later ones: where no number fits,
   * any request of that process may be meant.
   */
  private Decision deleteBehind(int node, String key, Sibling tombstone) {
    PendingDelete numbered = best(node, key, tombstone, true);
    PendingDelete best = numbered == null ? best(node, key, tombstone, false) : numbered;
    deletes(key).remove(best);
    return best == null ? null : best.decision;
  }

  private PendingDelete best(int node, String key, Sibling tombstone, boolean byNumber) {
    PendingDelete best = null;
    for (PendingDelete pending : deletes(key)) {
      Request request = pending.decision.write.request;
      if ((!byNumber || request.sequence == tombstone.request().sequence())
          && mayBeNamed(request, tombstone.request().process())
          && pending.nowMillis <= HybridClock.millisOf(tombstone.time())
          && (best == null || rank(pending, node) >= rank(best, node))) {
        best = pending;
      }
    }
    return best;
  }

  /** Whether a request may come from the process that goes by this number. */
  private boolean mayBeNamed(Request request, long process) {
    String known = processes.get(process);
    return known == null
        ? !processes.containsValue(process(request))
        : known.equals(process(request));
  }

  private static String process(Request request) {
    return request.node + "/" + request.process;
  }

  private static long rank(PendingDelete pending, int node) {
    return pending.nowMillis * 2 + (pending.decision.node == node ? 1 : 0);
  }

  /** Where it is stored first tells what it covers of what it saw. */
  private boolean onStoredAtCoordinator(int node, Decision by, Row before, Row after) {
    if (by.node != node || by.isStoredAtItsCoordinator) {
      return false;
    }
    by.isStoredAtItsCoordinator = true;
    for (Decision seen : by.doubtful) {
      if (seen.dot != null
          && isCovered(seen.dot, after.context(), after)
          && !isCovered(seen.dot, before.context(), before)
          && !isSeenByAnother(seen, by, after)) {
        by.surelySeen.or(seen.surelySeen);
      }
    }
    return true;
  }

  /** Whether something that is kept beside the write has overwritten it before. */
  private boolean isSeenByAnother(Decision seen, Decision by, Row after) {
    for (Decision other : by.doubtful) {
      boolean kept = other.dot != null && !isCovered(other.dot, after.context(), after);
      if (other != seen && kept && other.seen.get(seen.number)) {
        return true;
      }
    }
    for (Sibling sibling : after.siblings()) {
      Named named = dots.get(sibling.dot());
      if (named != null && named.by != by && named.by.seen.get(seen.number)) {
        return true;
      }
    }
    return false;
  }

  Decision decision(int number) {
    return decisions.get(number);
  }

  private static boolean isCovered(Dot dot, VersionVector context, Row row) {
    return context.covers(dot) && row.siblings().stream().noneMatch(s -> s.dot().equals(dot));
  }

  /**
   * The value that a decision puts: its number, that of its request, and what it holds; and behind
   * that what makes it long.
   */
  static byte[] value(Decision decision, Iterable<Integer> items) {
    StringBuilder text = new StringBuilder().append(decision.number).append(':');
    text.append(decision.write.request.number).append(':');
    for (int item : items) {
      text.append(item).append(' ');
    }
    if (decision.write.request.padding > 0) {
      text.append(PADDING).append("x".repeat(decision.write.request.padding));
    }
    return bytes(text.toString());
  }

  private static int number(byte[] value) {
    if (value == null) {
      return NO_VALUE;
    }
    String text = text(value);
    return Integer.parseInt(text.substring(0, text.indexOf(':')));
  }

  /** What a value holds. */
  static List<Integer> items(byte[] value) {
    String text = text(value);
    int end = text.indexOf(PADDING);
    String items = text.substring(text.lastIndexOf(':') + 1, end < 0 ? text.length() : end).trim();
    return items.isEmpty()
        ? List.of()
        : Arrays.stream(items.split(" ")).map(Integer::valueOf).toList();
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
