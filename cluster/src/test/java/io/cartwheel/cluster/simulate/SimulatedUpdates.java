package io.cartwheel.cluster.simulate;

import io.cartwheel.cluster.coordinate.Update;
import io.cartwheel.cluster.version.Reading;
import io.cartwheel.cluster.version.Sibling;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/** What writes do, as one node executes them; an update is the number of its request. */
final class SimulatedUpdates implements Update.Decoder {
  /** Followed by the number of the decision for the first key; those for others follow it. */
  static final String DONE = "OK ";

  /** Nothing is there, or something where nothing was to be. */
  static final String NOTHING = "NIL";

  /** More than one value is there. */
  static final String CONFLICT = "CONFLICT";

  private final Oracle oracle;
  private final Decision.Place place;

  SimulatedUpdates(Oracle oracle, Decision.Place place) {
    this.oracle = oracle;
    this.place = place;
  }

  static byte[] encode(Request request) {
    return History.bytes("" + request.number);
  }

  @Override
  public Update decode(byte[] update) {
    Request request = oracle.request(Integer.parseInt(History.text(update)));
    return (current, nowMillis) -> decide(request, current, nowMillis);
  }

  private Update.Decision decide(Request request, List<Reading> current, long nowMillis) {
    String nothing = nothing(request.kind, current);
    List<Update.Change> changes = new ArrayList<>(current.size());
    String reply = nothing;
    for (int k = 0; k < current.size(); k++) {
      Reading reading = current.get(k);
      Write write = request.writes.get(k);
      if (nothing != null) {
        oracle.onUnchanged(write, reading);
        changes.add(Update.Change.NONE);
      } else {
        Decision decision = oracle.onDecided(write, place, reading, nowMillis);
        oracle.log(() -> decision + " saw " + decision.seen + ", shown " + reading.live());
        changes.add(change(request, decision, reading));
        reply = DONE + (decision.number - k);
      }
    }
    return new Update.Decision(changes, History.bytes(reply));
  }

  /** What is answered where the keys are left as they are; else null. */
  private static String nothing(Request.Kind kind, List<Reading> current) {
    if (kind == Request.Kind.SET_NX && current.stream().anyMatch(Reading::exists)) {
      return NOTHING;
    }
    if (kind.changesWhatIsThere()) {
      boolean isThere = current.stream().allMatch(Reading::exists);
      boolean isOne = current.stream().noneMatch(Reading::isConflict);
      return !isThere ? NOTHING : isOne ? null : CONFLICT;
    }
    return null;
  }

  /** Whether a reply says that nothing was changed. */
  static boolean isNothing(String reply) {
    return NOTHING.equals(reply) || CONFLICT.equals(reply);
  }

  /** The number of the decision for the first key that a reply tells of, -1 where of none. */
  static int decision(String reply) {
    return reply == null || isNothing(reply) ? -1 : Integer.parseInt(reply.substring(3));
  }

  private static Update.Change change(Request request, Decision decision, Reading reading) {
    if (request.kind.deletes()) {
      return Update.Change.DELETE;
    }
    TreeSet<Integer> items = new TreeSet<>();
    if (request.kind == Request.Kind.ADD || request.kind.changesWhatIsThere()) {
      for (Sibling sibling : reading.live()) {
        items.addAll(History.items(sibling.value()));
      }
      if (items.contains(request.number)) {
        throw new Violation(decision + " is executed on top of itself");
      }
    }
    items.addAll(request.items);
    return new Update.Change.Put(
        History.value(decision, items), Sibling.STRING, request.expiryMillis);
  }
}
