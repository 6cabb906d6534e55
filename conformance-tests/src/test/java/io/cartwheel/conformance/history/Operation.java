package io.cartwheel.conformance.history;

import java.util.List;

/**
 * One operation of one client, as the client saw it: a line of the file. Times are microseconds of
 * one monotonic clock, cut off, so that what comes earlier here did come earlier.
 *
 * @param endMicros when it was answered, or given up
 * @param argument what was written, added or put into a lock; {@code -} if nothing
 * @param result live values of a read; the number that another operation answered; else nothing
 */
public record Operation(
    long beginMicros,
    long endMicros,
    String client,
    String node,
    Kind kind,
    String key,
    String argument,
    Outcome outcome,
    List<String> result) {

  /** What was asked. */
  public enum Kind {
    /** Reads; nothing, one value, or siblings. */
    GET,
    /** Overwrites what is there. */
    SET,
    /** Overwrites what is there by nothing; answers 0 if nothing was there. */
    DEL,
    /** Sets where nothing is; answers whether it did. */
    SETNX,
    /** Adds to a cart, with the token of what was read of it. */
    ADD,
    /** Adds one, and answers the sum. */
    INCR
  }

  /** What is known of it. */
  public enum Outcome {
    /** It was answered. */
    OK,
    /** It has been executed, or will be at any time, or never. */
    UNKNOWN,
    /** It was not executed, and never will be. */
    REFUSED
  }

  public Operation {
    result = List.copyOf(result);
  }

  /** Whether it was over before the other began. What has an unknown outcome is never over. */
  public boolean precedes(Operation other) {
    return outcome != Outcome.UNKNOWN && endMicros < other.beginMicros;
  }

  public boolean isOk() {
    return outcome == Outcome.OK;
  }

  /** Whether it was answered with this number. */
  public boolean answered(String number) {
    return isOk() && result.equals(List.of(number));
  }

  /** A line of words: begin, end, client, node, kind, key, argument, outcome, results. */
  public String line() {
    return String.join(
            " ",
            Long.toString(beginMicros),
            Long.toString(endMicros),
            client,
            node,
            kind.name(),
            key,
            argument,
            outcome.name(),
            String.join(" ", result))
        .strip();
  }

  static Operation parse(String line) {
    List<String> words = List.of(line.strip().split("\\s+"));
    return new Operation(
        Long.parseLong(words.get(0)),
        Long.parseLong(words.get(1)),
        words.get(2),
        words.get(3),
        Kind.valueOf(words.get(4)),
        words.get(5),
        words.get(6),
        Outcome.valueOf(words.get(7)),
        words.subList(8, words.size()));
  }
}
