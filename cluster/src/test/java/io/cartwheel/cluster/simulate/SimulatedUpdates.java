package io.cartwheel.cluster.simulate;

import io.cartwheel.cluster.coordinate.Update;
import io.cartwheel.cluster.version.Reading;
import io.cartwheel.cluster.version.Sibling;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/** What writes do, as one node executes them; an update is the number of its request. */
final class SimulatedUpdates implements Update.Decoder {
  static final String DONE = "OK";
  static final String NOTHING = "NIL";

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
    List<Update.Change> changes = new ArrayList<>(current.size());
    String reply = DONE;
    for (int k = 0; k < current.size(); k++) {
      Reading reading = current.get(k);
      if (request.kind == Request.Kind.SET_NX && reading.exists()) {
        changes.add(Update.Change.NONE);
        reply = NOTHING;
      } else {
        Decision decision = oracle.onDecided(request.writes.get(k), place, reading, nowMillis);
        oracle.log(() -> decision + " saw " + decision.seen + ", shown " + reading.live());
        changes.add(change(request, decision, reading));
      }
    }
    return new Update.Decision(changes, History.bytes(reply));
  }

  private static Update.Change change(Request request, Decision decision, Reading reading) {
    if (request.kind.deletes()) {
      return Update.Change.DELETE;
    }
    TreeSet<Integer> items = new TreeSet<>();
    if (request.kind == Request.Kind.ADD) {
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
