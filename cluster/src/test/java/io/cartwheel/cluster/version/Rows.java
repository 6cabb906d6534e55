package io.cartwheel.cluster.version;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Dots, siblings and rows for tests. */
final class Rows {
  private Rows() {}

  static Dot dot(long actor, long counter) {
    return new Dot(actor, counter);
  }

  /** The vector of these dots, all at time 1. */
  static VersionVector vector(Dot... dots) {
    VersionVector vector = VersionVector.EMPTY;
    for (Dot dot : dots) {
      vector = vector.join(VersionVector.of(dot, 1));
    }
    return vector;
  }

  /** A plain string at time 1 of a request of its own. */
  static Sibling value(Dot dot, String text) {
    return new Sibling(
        dot,
        1,
        Sibling.NO_EXPIRY,
        Sibling.STRING,
        Sibling.Form.VALUE,
        text.getBytes(StandardCharsets.UTF_8),
        new RequestId(dot.actor(), dot.counter()),
        false);
  }

  static Sibling tombstone(Dot dot) {
    return form(value(dot, ""), Sibling.Form.TOMBSTONE);
  }

  static Sibling form(Sibling s, Sibling.Form form) {
    return new Sibling(
        s.dot(),
        s.time(),
        s.expiryMillis(),
        s.type(),
        form,
        form == Sibling.Form.VALUE ? s.value() : null,
        s.request(),
        s.readModifyWrite());
  }

  static Sibling at(Sibling s, long time) {
    return new Sibling(
        s.dot(),
        time,
        s.expiryMillis(),
        s.type(),
        s.form(),
        s.value(),
        s.request(),
        s.readModifyWrite());
  }

  static Sibling expiring(Sibling s, long expiryMillis) {
    return new Sibling(
        s.dot(),
        s.time(),
        expiryMillis,
        s.type(),
        s.form(),
        s.value(),
        s.request(),
        s.readModifyWrite());
  }

  static Sibling of(Sibling s, RequestId request, boolean readModifyWrite) {
    return new Sibling(
        s.dot(),
        s.time(),
        s.expiryMillis(),
        s.type(),
        s.form(),
        s.value(),
        request,
        readModifyWrite);
  }

  /** A row of these siblings that knows nothing else. */
  static Row row(Sibling... siblings) {
    return row(VersionVector.EMPTY, siblings);
  }

  /** A row of these siblings that knows {@code more} besides. */
  static Row row(VersionVector more, Sibling... siblings) {
    VersionVector context = more;
    List<Sibling> sorted = new ArrayList<>(List.of(siblings));
    sorted.sort(Comparator.comparing(Sibling::dot));
    for (Sibling sibling : sorted) {
      context = context.join(VersionVector.of(sibling.dot(), sibling.time()));
    }
    return new Row(context, List.copyOf(sorted));
  }
}
