package io.cartwheel.conformance.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Processes that do nothing as fast as they can: what a machine looks like that is busy with other
 * work. They end with the process that started them.
 */
public final class Burners implements AutoCloseable {
  private static final String BURN =
      "while kill -0 $PPID 2> /dev/null; do"
          + " i=0; while [ $i -lt 100000 ]; do i=$((i + 1)); done; done";

  private final List<Process> processes = new ArrayList<>();

  /** Begins to burn that many cores. */
  public Burners(int cores) throws IOException {
    for (int i = 0; i < cores; i++) {
      processes.add(new ProcessBuilder("sh", "-c", BURN).inheritIO().start());
    }
  }

  /** One for each core of the machine. */
  public static Burners ofAllCores() throws IOException {
    return new Burners(Runtime.getRuntime().availableProcessors());
  }

  @Override
  public void close() {
    processes.forEach(Process::destroyForcibly);
  }
}
