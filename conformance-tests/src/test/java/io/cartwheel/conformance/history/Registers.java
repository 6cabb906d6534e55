package io.cartwheel.conformance.history;

import static io.cartwheel.conformance.history.Judge.violation;

import io.cartwheel.conformance.history.Operation.Kind;
import io.cartwheel.conformance.history.Operation.Outcome;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Registers are regular. Lamport's <em>regular</em> register (On interprocess communication, part
 * II, Distributed Computing 1, 1986) has one writer: a read returns the last write that ended
 * before the read began, or one that is concurrent with it. For several writers this is the
 * condition <em>MWR-Weak</em> of Shao, Welch, Pierce and Lee (Multiwriter consistency conditions
 * for shared memory registers, SIAM Journal on Computing 40, 2011; first as Multi-writer
 * consistency conditions for shared memory objects, DISC 2003): for each read by itself there is an
 * order of the writes and the read, in which what ended before something began comes before it, and
 * the read returns the last write before it. That is so just if
 *
 * <ul>
 *   <li>the write returned began before the read ended, and
 *   <li>no other write began after that one had ended, and ended before the read began.
 * </ul>
 *
 * <p>A read may answer several values, those of concurrent writes. Instead of an order of the
 * writes there is then a partial order, "the writer knew of the other", in which what ended before
 * something began comes before it, and the values are those of its greatest writes. (One value:
 * nothing has changed, for a partial order with one greatest write can be made an order.) That is
 * so just if each value is allowed by itself, and no two are of writes one of which ended before
 * the other began. A value that must be seen cannot then be missing: it has an overwriter among
 * those that are shown. A deletion is a write of nothing, and is not shown beside a value.
 *
 * <p>Replies that depend on what is there are judged as reads of it: SETNX, DEL.
 *
 * <p>While the cluster was broken a value may be shown <em>beside</em> the one that should have
 * overwritten it, as {@code What differs from Redis} says; never in its place.
 */
final class Registers {
  private static final Operation NOTHING_YET =
      new Operation(-2, -1, "-", "-", Kind.DEL, "-", "-", Outcome.OK, List.of("1"));

  private final History history;
  private final List<Operation> writes = new ArrayList<>();
  private final Map<String, Operation> writeOf = new HashMap<>();
  private final List<String> violations = new ArrayList<>();

  private Registers(History history, List<Operation> operations) {
    this.history = history;
    writes.add(NOTHING_YET);
    for (Operation operation : operations) {
      if (isWrite(operation)) {
        writes.add(operation);
        if (operation.kind() != Kind.DEL) {
          writeOf.put(operation.argument(), operation);
        }
      }
    }
  }

  /** Of the operations of one key, in which each value is written once. */
  static List<String> violations(History history, List<Operation> operations) {
    Registers registers = new Registers(history, operations);
    operations.stream().filter(Operation::isOk).forEach(registers::check);
    return registers.violations;
  }

  /** Whether a read may return what it did, whatever the other operations were answered. */
  static boolean isAllowed(History history, List<Operation> operations, Operation read) {
    Registers registers = new Registers(history, operations);
    registers.check(read);
    return registers.violations.isEmpty();
  }

  /** Whether it may have changed something. */
  private static boolean isWrite(Operation operation) {
    return switch (operation.kind()) {
      case SET -> operation.outcome() != Outcome.REFUSED;
      case DEL, SETNX -> operation.outcome() == Outcome.UNKNOWN || operation.answered("1");
      case GET, ADD, INCR -> false;
    };
  }

  private void check(Operation read) {
    switch (read.kind()) {
      case GET -> {
        if (read.result().isEmpty()) {
          checkNothing(read);
        } else {
          checkValues(read);
        }
      }
      case SETNX -> {
        if (read.answered("1")) {
          checkNothing(read);
        } else {
          checkSomething(read);
        }
      }
      case DEL -> {
        if (read.answered("1")) {
          checkSomething(read);
        } else {
          checkNothing(read);
        }
      }
      case SET, ADD, INCR -> {}
    }
  }

  private void checkValues(Operation read) {
    Operation newest = newestBefore(read);
    List<Operation> shown = new ArrayList<>();
    for (String value : read.result()) {
      Operation write = writeOf.get(value);
      if (write == null || read.precedes(write)) {
        violations.add(violation("'" + value + "' was not written", read));
        return;
      }
      shown.add(write);
    }
    List<Operation> stale = shown.stream().filter(write -> write.precedes(newest)).toList();
    if (stale.size() == shown.size()) {
      violations.add(violation("an overwritten value is read", stale.get(0), newest, read));
      return;
    }
    for (Operation write : stale) {
      expectBroken("an overwritten value is read beside others", write, newest, read);
    }
    for (Operation write : shown) {
      Optional<Operation> later = shown.stream().filter(write::precedes).findFirst();
      if (later.isPresent() && !stale.contains(write)) {
        expectBroken("siblings of writes one after the other", write, later.get(), read);
      }
    }
  }

  /** A violation, but if the cluster was broken while the two writes went on. */
  private void expectBroken(String words, Operation earlier, Operation later, Operation read) {
    if (history.isWhole(earlier.beginMicros(), later.endMicros())) {
      violations.add(violation(words, earlier, later, read));
    }
  }

  private void checkNothing(Operation read) {
    if (isNeither(read, Kind.DEL)) {
      violations.add(violation("nothing is found, but a value", newestBefore(read), read));
    }
  }

  private void checkSomething(Operation read) {
    if (isNeither(read, Kind.SET) && isNeither(read, Kind.SETNX)) {
      violations.add(violation("a value is found, but nothing", newestBefore(read), read));
    }
  }

  /** Whether the read can return no write of this kind. */
  private boolean isNeither(Operation read, Kind kind) {
    Operation newest = newestBefore(read);
    return writes.stream()
        .noneMatch(
            write ->
                write.kind() == kind
                    && write != read
                    && !read.precedes(write)
                    && !write.precedes(newest));
  }

  /** Of the writes that ended before a read began, the one that began last. */
  private Operation newestBefore(Operation read) {
    Operation newest = NOTHING_YET;
    for (Operation write : writes) {
      if (write.precedes(read) && write.beginMicros() > newest.beginMicros()) {
        newest = write;
      }
    }
    return newest;
  }
}
