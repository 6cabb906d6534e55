package io.cartwheel.conformance.history;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What clients did, and what was done to the cluster meanwhile. */
public record History(List<Operation> operations, List<Fault> faults) {
  /**
   * Something that breaks the cluster: a process killed or stopped, a link cut or silent, a peer
   * taken for unreachable; until all nodes reach each other again. A slow link is none.
   *
   * @param name one word
   */
  public record Fault(long beginMicros, long endMicros, String name) {
    String line() {
      return "fault " + beginMicros + " " + endMicros + " " + name;
    }
  }

  public History {
    operations = List.copyOf(operations);
    faults = List.copyOf(faults);
  }

  /** Whether nothing broke the cluster in this time. */
  boolean isWhole(long beginMicros, long endMicros) {
    return faults.stream()
        .noneMatch(fault -> fault.beginMicros <= endMicros && fault.endMicros >= beginMicros);
  }

  /** The operations of each key, in the order of their beginnings. */
  Map<String, List<Operation>> byKey() {
    Map<String, List<Operation>> byKey = new TreeMap<>();
    operations.forEach(
        operation ->
            byKey.computeIfAbsent(operation.key(), key -> new ArrayList<>()).add(operation));
    byKey
        .values()
        .forEach(list -> list.sort((a, b) -> Long.compare(a.beginMicros(), b.beginMicros())));
    return byKey;
  }

  /** As a file: faults, then operations, a line each. */
  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    faults.forEach(fault -> lines.add(fault.line()));
    operations.forEach(operation -> lines.add(operation.line()));
    return lines;
  }

  /** Reads what {@link #lines} has written. Lines that begin with {@code #} are remarks. */
  public static History parse(List<String> lines) {
    List<Operation> operations = new ArrayList<>();
    List<Fault> faults = new ArrayList<>();
    for (String line : lines) {
      if (line.startsWith("fault ")) {
        List<String> words = List.of(line.split("\\s+"));
        faults.add(
            new Fault(Long.parseLong(words.get(1)), Long.parseLong(words.get(2)), words.get(3)));
      } else if (!line.isBlank() && !line.startsWith("#")) {
        operations.add(Operation.parse(line));
      }
    }
    return new History(operations, faults);
  }
}
