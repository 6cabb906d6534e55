package io.cartwheel.cluster.version;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * What replicas hold and exchange for one key: a context and the siblings that no known write has
 * seen. The dotted version vector set of Almeida, Baquero, Goncalves, Preguica and Fonte, "Scalable
 * and Accurate Causality Tracking for Eventually Consistent Stores" (2014). Immutable. The context
 * covers the dot of every sibling.
 *
 * @param context everything known of the key
 * @param siblings in order of their dots
 */
public record Row(VersionVector context, List<Sibling> siblings) {
  public static final Row EMPTY = new Row(VersionVector.EMPTY, List.of());

  /** What a context's entry and a sibling without its value take, at the most. */
  private static final int ENTRY_BYTES = 25;

  private static final int SIBLING_BYTES = 64;

  public boolean isEmpty() {
    return context.isEmpty();
  }

  /**
   * What both know: a sibling stays that both hold, or that one holds and the other's context does
   * not cover. Idempotent, commutative, associative. This very object where {@code other} brings
   * nothing, so callers may ask for change by identity.
   */
  public Row merge(Row other) {
    if (other.isEmpty()) {
      return this;
    }
    if (isEmpty()) {
      return other;
    }
    List<Sibling> kept = new ArrayList<>(siblings.size() + other.siblings.size());
    boolean changed = false;
    int mine = 0;
    int theirs = 0;
    while (mine < siblings.size() || theirs < other.siblings.size()) {
      int order = order(mine, other, theirs);
      if (order == 0) {
        Sibling a = siblings.get(mine++);
        Sibling b = other.siblings.get(theirs++);
        boolean stays = a.form().compareTo(b.form()) >= 0;
        kept.add(stays ? a : b);
        changed |= !stays;
      } else if (order < 0) {
        Sibling a = siblings.get(mine++);
        if (other.context.covers(a.dot())) {
          changed = true;
        } else {
          kept.add(a);
        }
      } else {
        Sibling b = other.siblings.get(theirs++);
        if (!context.covers(b.dot())) {
          kept.add(b);
          changed = true;
        }
      }
    }
    VersionVector joined = context.join(other.context);
    // Identity is meant: join returns its own vector where nothing is new.
    @SuppressWarnings("ReferenceEquality")
    boolean same = !changed && joined == context;
    return same ? this : new Row(joined, List.copyOf(kept));
  }

  /** The order of the dots at two indexes; the end of a list is after every dot. */
  private int order(int mine, Row other, int theirs) {
    if (mine == siblings.size()) {
      return 1;
    }
    return theirs == other.siblings.size()
        ? -1
        : siblings.get(mine).dot().compareTo(other.siblings.get(theirs).dot());
  }

  /** The row with the siblings that {@code past} covers dropped and {@code past} known. */
  public Row discard(VersionVector past) {
    List<Sibling> kept = new ArrayList<>(siblings.size());
    for (Sibling sibling : siblings) {
      if (!past.covers(sibling.dot())) {
        kept.add(sibling);
      }
    }
    return new Row(context.join(past), List.copyOf(kept));
  }

  /** The row with a sibling whose dot nobody has seen. */
  public Row with(Sibling fresh) {
    List<Sibling> all = new ArrayList<>(siblings.size() + 1);
    all.addAll(siblings);
    all.add(fresh);
    all.sort(Comparator.comparing(Sibling::dot));
    return new Row(context.join(VersionVector.of(fresh.dot(), fresh.time())), List.copyOf(all));
  }

  /** Whether no value has been omitted, so that the row may be stored. */
  public boolean isWhole() {
    for (Sibling sibling : siblings) {
      if (sibling.form() == Sibling.Form.OMITTED) {
        return false;
      }
    }
    return true;
  }

  /** The same versions without any value's bytes. */
  public Row versionsOnly() {
    List<Sibling> bare = new ArrayList<>(siblings.size());
    for (Sibling sibling : siblings) {
      bare.add(sibling.versionOnly());
    }
    return new Row(context, List.copyOf(bare));
  }

  /**
   * Whether a merge of {@code other} into this row would leave the same siblings here, whatever
   * their forms. Contexts alone do not count: a vector may have been cut on one side and would be
   * repaired for ever, and whoever holds the same siblings has learned with each of them what it
   * covers.
   */
  public boolean includes(Row other) {
    int theirs = 0;
    for (Sibling sibling : siblings) {
      while (theirs < other.siblings.size()
          && other.siblings.get(theirs).dot().compareTo(sibling.dot()) < 0) {
        if (!context.covers(other.siblings.get(theirs++).dot())) {
          return false;
        }
      }
      boolean both =
          theirs < other.siblings.size() && other.siblings.get(theirs).dot().equals(sibling.dot());
      if (both) {
        theirs++;
      } else if (other.context.covers(sibling.dot())) {
        return false;
      }
    }
    while (theirs < other.siblings.size()) {
      if (!context.covers(other.siblings.get(theirs++).dot())) {
        return false;
      }
    }
    return true;
  }

  /** Whether both hold the same siblings. */
  public boolean sameDots(Row other) {
    if (siblings.size() != other.siblings.size()) {
      return false;
    }
    for (int i = 0; i < siblings.size(); i++) {
      if (!siblings.get(i).dot().equals(other.siblings.get(i).dot())) {
        return false;
      }
    }
    return true;
  }

  /** How many siblings are live at this time. */
  public int liveCount(long nowMillis) {
    int live = 0;
    for (Sibling sibling : siblings) {
      live += sibling.isLive(nowMillis) ? 1 : 0;
    }
    return live;
  }

  /** About what it takes of a message, and little more than that. */
  public long sizeBytes() {
    long bytes = (long) ENTRY_BYTES * context.size();
    for (Sibling sibling : siblings) {
      bytes += SIBLING_BYTES + (sibling.value() == null ? 0 : sibling.value().length);
    }
    return bytes;
  }

  /** The latest hybrid time known in this row, 0 for an empty one. */
  public long latestTime() {
    return context.latestTime();
  }
}
