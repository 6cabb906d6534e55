package io.cartwheel.conformance;

import io.cartwheel.conformance.history.History;
import io.cartwheel.conformance.history.Operation;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;

/** Where clients and weather write down what happens, by one monotonic clock. For many threads. */
final class HistoryLog {
  private final long startNanos = System.nanoTime();
  private final long startWallMillis = System.currentTimeMillis();
  private final ConcurrentLinkedQueue<Operation> operations = new ConcurrentLinkedQueue<>();
  private final ConcurrentLinkedQueue<History.Fault> faults = new ConcurrentLinkedQueue<>();
  private final ConcurrentLinkedQueue<String> remarks = new ConcurrentLinkedQueue<>();

  long micros() {
    return TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - startNanos);
  }

  /** The time of something that a node has logged. */
  long microsOfWallMillis(long wallMillis) {
    return TimeUnit.MILLISECONDS.toMicros(wallMillis - startWallMillis);
  }

  void add(Operation operation) {
    operations.add(operation);
  }

  void add(History.Fault fault) {
    faults.add(fault);
  }

  /** Something for who reads the file. */
  void remark(String text) {
    remarks.add("# " + micros() + " " + text);
  }

  History history() {
    return new History(List.copyOf(operations), List.copyOf(faults));
  }

  void write(Path file) {
    List<String> lines = new ArrayList<>(remarks);
    lines.addAll(history().lines());
    try {
      Files.createDirectories(file.toAbsolutePath().getParent());
      Files.write(file, lines);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
