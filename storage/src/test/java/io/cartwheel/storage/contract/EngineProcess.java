package io.cartwheel.storage.contract;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.cartwheel.storage.Durability;
import io.cartwheel.storage.StorageEngine;
import io.cartwheel.storage.StorageEngines;
import io.cartwheel.storage.Table;
import io.cartwheel.storage.WriteBatch;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A Java process that has an engine open, for tests that need a second process, or one to kill. It
 * prints {@code open}, then {@link #hold}s or {@link #write}s.
 */
final class EngineProcess implements AutoCloseable {
  static final Table ROWS = new Table("rows");
  static final Table META = new Table("meta");

  /** Entries in each batch that the process writes, over two tables. */
  static final int BATCH_ENTRIES = 10;

  private static final int BATCH_LIMIT = 1_000_000;

  private final Process process;
  private final BufferedReader out;
  private final Path errors;

  private EngineProcess(Process process, Path errors) {
    this.process = process;
    this.out = process.inputReader(UTF_8);
    this.errors = errors;
  }

  /** Starts a process that opens the directory and does nothing more. */
  static EngineProcess hold(
      Path scratch, String engine, Path directory, Map<String, String> settings)
      throws IOException {
    return start(scratch, "hold", engine, directory, settings);
  }

  /** Starts a process that writes batches 0, 1, 2... and prints each number once acknowledged. */
  static EngineProcess write(
      Path scratch,
      String engine,
      Path directory,
      Durability durability,
      Map<String, String> settings)
      throws IOException {
    return start(scratch, durability.name(), engine, directory, settings);
  }

  static byte[] key(long batch, int entry) {
    return String.format("%08d/%d", batch, entry).getBytes(UTF_8);
  }

  static byte[] value(long batch, int entry) {
    return ("value " + entry + " of " + batch + " ").repeat(10).getBytes(UTF_8);
  }

  static Table table(int entry) {
    return entry % 2 == 0 ? ROWS : META;
  }

  /** The next line that the process prints; null when it has ended. */
  String readLine() throws IOException {
    return out.readLine();
  }

  /** The next line, which must be there; else what the process said as it failed. */
  String expectLine() throws IOException {
    String line = readLine();
    if (line == null) {
      throw new AssertionError("the process ended: " + Files.readString(errors));
    }
    return line;
  }

  /** Ends the process as {@code kill -9} does and returns when it is gone. */
  void kill() {
    // Not Process.destroyForcibly: it closes the pipe, and what was printed is still wanted.
    process.toHandle().destroyForcibly();
    process.onExit().join();
  }

  @Override
  public void close() {
    kill();
  }

  private static EngineProcess start(
      Path scratch, String task, String engine, Path directory, Map<String, String> settings)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    // What a killed process leaves in its temporary directory goes with the test's.
    command.add("-Djava.io.tmpdir=" + scratch);
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(EngineProcess.class.getName(), task, engine, directory.toString()));
    settings.forEach((name, value) -> command.add(name + "=" + value));
    Path errors = Files.createTempFile(scratch, "process", ".err");
    return new EngineProcess(
        new ProcessBuilder(command).redirectError(errors.toFile()).start(), errors);
  }

  /** Runs in the other process. */
  public static void main(String[] arguments) throws IOException {
    Map<String, String> settings = new HashMap<>();
    for (int i = 3; i < arguments.length; i++) {
      String[] setting = arguments[i].split("=", 2);
      settings.put(setting[0], setting[1]);
    }
    StorageEngine engine =
        StorageEngines.open(arguments[1], Path.of(arguments[2]), List.of(ROWS, META), settings);
    System.out.println("open");
    if (arguments[0].equals("hold")) {
      // Ends with whoever started it, too.
      while (System.in.read() >= 0) {}
      return;
    }
    Durability durability = Durability.valueOf(arguments[0]);
    for (long batch = 0; batch < BATCH_LIMIT && !System.out.checkError(); batch++) {
      try (WriteBatch writes = engine.newBatch()) {
        for (int entry = 0; entry < BATCH_ENTRIES; entry++) {
          writes.put(table(entry), key(batch, entry), value(batch, entry));
        }
        engine.write(writes, durability);
      }
      System.out.println(batch);
    }
  }
}
