package io.cartwheel.cluster.simulate;

import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;

/** What can go wrong, or is rarely reached. */
enum Fault {
  /** A message is lost. */
  LOST,
  /** A message arrives twice. */
  DOUBLED,
  /** A message arrives long after it was sent. */
  LATE,
  /** A message overtakes earlier ones. */
  OVERTAKEN,
  /** Two groups of nodes lose their connections. */
  SPLIT,
  /** One node loses its connections to some others. */
  CUT,
  /** What goes one way between two nodes is lost without a word. */
  ONE_WAY,
  /** What goes one way between two nodes takes about as long as a timeout. */
  SLOW_LINK,
  /** Nothing reaches or leaves a node any more, but its connections stand. */
  SILENCED,
  /** A disk answers slowly. */
  SLOW_DISK,
  /** A disk answers no more for a while. */
  STALLED_DISK,
  /** A storage engine takes no writes for a while from who does not want to wait. */
  STALLED_ENGINE,
  /** A commit has been put off because the engine took no writes. */
  REFUSED_COMMIT,
  /** A row has to be read from the disk. */
  COLD_READ,
  /** A disk fails, and the node stops itself. */
  FAILED_DISK,
  /** A process is killed. */
  KILL,
  /** A machine stops; nobody is told. */
  CRASH,
  /** A crash has cost rows that were not synced. */
  LOST_TAIL,
  /** A node comes back with an empty disk. */
  LOST_DISK,
  /** A node comes back with an older copy of its disk. */
  OLD_COPY,
  /** A node stops as it should. */
  CLEAN_STOP,
  /** A process gets no time for a while. */
  PAUSE,
  /** A process is held up after its messages have left, before its commit. */
  HELD_TURN,
  /** A wall clock jumps. */
  CLOCK_JUMP,
  /** A node starts with a clock that is wrong or runs at a rate of its own. */
  CLOCK_SKEW,
  /** A write is decided more than once. */
  RETRIED,
  /** An attempt is executed after its request was answered. */
  EXECUTED_LATE,
  /** A read finds several values. */
  SIBLINGS,
  /** A write is acknowledged that a node holds which is no owner. */
  SLOPPY,
  /** A row is kept for another node. */
  HINTED,
  /** What was kept for another node is let go. */
  HANDED_ON,
  /** A write's outcome is not known to its client. */
  UNCERTAIN,
  /** A value that has expired loses its bytes. */
  STRIPPED,
  /** A dead row that hides nothing goes. */
  DROPPED,
  /** A dead row that hides something goes. */
  REAPED;

  /** Whether what it has delayed still has its effects when it has ended. */
  boolean lastsOn() {
    return switch (this) {
      // What was lost is missed until it is sent again.
      case LOST, LATE, DOUBLED, SLOW_LINK, SLOW_DISK, STALLED_DISK, STALLED_ENGINE -> true;
      default -> false;
    };
  }

  String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** How often each was reached. */
  static final class Counts {
    private final Map<Fault, Long> counts = new EnumMap<>(Fault.class);

    void add(Fault fault) {
      counts.merge(fault, 1L, Long::sum);
    }

    void addAll(Counts other) {
      other.counts.forEach((fault, count) -> counts.merge(fault, count, Long::sum));
    }

    long of(Fault fault) {
      return counts.getOrDefault(fault, 0L);
    }

    @Override
    public String toString() {
      StringBuilder text = new StringBuilder();
      counts.forEach(
          (fault, count) ->
              text.append(text.length() == 0 ? "" : " ")
                  .append(fault.label())
                  .append('=')
                  .append(count));
      return text.toString();
    }
  }
}
