package io.cartwheel.cluster.simulate;

import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/**
 * Runs seeds against {@link Mutant}s of the production's sources, each in a process of its own,
 * until one fails: a mutant that passes them all shows what the simulator cannot see.
 */
final class Mutants {
  private final Path root;
  private final long from;
  private final long to;

  /**
   * @param root of the checkout
   * @param from first seed
   * @param to last seed
   */
  Mutants(Path root, long from, long to) {
    this.root = root;
    this.from = from;
    this.to = to;
  }

  static Path directory(Path root) {
    return root.resolve("cluster/src/test/mutants");
  }

  /**
   * Prints a line for each.
   *
   * @param names of those to be run; empty for all
   * @return whether all were caught
   */
  boolean run(List<String> names) throws InterruptedException {
    List<Mutant> mutants = new ArrayList<>(Mutant.all(directory(root)));
    List<String> known = mutants.stream().map(Mutant::name).toList();
    for (String name : names) {
      if (!known.contains(name)) {
        throw new IllegalArgumentException("mutant '" + name + "': one of " + known);
      }
    }
    mutants.removeIf(mutant -> !names.isEmpty() && !names.contains(mutant.name()));
    boolean allCaught = true;
    for (Mutant mutant : mutants) {
      String failure = firstFailure(mutant);
      System.out.printf(
          "%-42s %s%n",
          mutant.name(), failure == null ? "NOT CAUGHT: " + mutant.breaks() : failure);
      allCaught &= failure != null;
    }
    return allCaught;
  }

  /** The first seed that fails with it, and how; null where none does. */
  private String firstFailure(Mutant mutant) throws InterruptedException {
    try {
      Path classes = Files.createTempDirectory("cartwheel-mutant");
      try {
        compile(mutant, classes);
        return failureOf(simulate(classes));
      } finally {
        delete(classes);
      }
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private void compile(Mutant mutant, Path classes) throws IOException {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    if (compiler == null) {
      throw new IllegalStateException("mutants need a JDK, for they are compiled");
    }
    SortedMap<String, String> sources = mutant.applied(root);
    List<Path> files = new ArrayList<>();
    for (String path : sources.keySet()) {
      Path file = classes.resolve("source").resolve(Path.of(path).getFileName());
      Files.createDirectories(file.getParent());
      Files.writeString(file, sources.get(path));
      files.add(file);
    }
    StringWriter said = new StringWriter();
    List<String> options =
        List.of("-nowarn", "-proc:none", "-d", classes.toString(), "-cp", classPath());
    try (StandardJavaFileManager manager = compiler.getStandardFileManager(null, null, null)) {
      boolean compiled =
          compiler
              .getTask(
                  said, manager, null, options, null, manager.getJavaFileObjectsFromPaths(files))
              .call();
      if (!compiled) {
        throw new IllegalStateException(mutant.name() + " does not compile: " + said);
      }
    }
  }

  private static String classPath() {
    return System.getProperty("java.class.path");
  }

  private List<String> simulate(Path classes) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseParallelGC",
                "-Xmx1g",
                "-cp",
                classes + System.getProperty("path.separator") + classPath(),
                Simulate.class.getName(),
                "--once",
                "--first",
                "--seeds",
                from + ".." + to)
            .redirectErrorStream(true)
            .start();
    List<String> lines;
    try (Stream<String> output = process.inputReader().lines()) {
      lines = output.toList();
    }
    int code = process.waitFor();
    if (code > 1) {
      throw new IllegalStateException("the simulator ended with " + code + ": " + lines);
    }
    return lines;
  }

  private static String failureOf(List<String> lines) {
    return lines.stream()
        .filter(line -> line.contains(Report.FAIL))
        .map(
            line ->
                line.substring(0, line.indexOf(" nodes"))
                    + ": "
                    + line.substring(line.indexOf(Report.FAIL) + Report.FAIL.length()))
        .findFirst()
        .orElse(null);
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> all = Files.walk(directory)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
