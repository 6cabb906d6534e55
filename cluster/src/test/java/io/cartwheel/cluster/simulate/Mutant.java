package io.cartwheel.cluster.simulate;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * A change that breaks something on purpose, to see whether the simulator notices: a unified diff
 * with a line that says what it breaks, and without line numbers, for a hunk is found by its lines.
 *
 * @param breaks what, in words
 * @param hunks by the file that they change, as a path in the checkout
 */
record Mutant(String name, String breaks, SortedMap<String, List<Hunk>> hunks) {
  private static final String SUFFIX = ".patch";

  /** Lines that stand in a file once, and those that are to stand there instead. */
  record Hunk(String before, String after) {}

  /** All of a directory, by name. */
  static List<Mutant> all(Path directory) {
    try (Stream<Path> files = Files.list(directory)) {
      return files
          .filter(file -> file.toString().endsWith(SUFFIX))
          .sorted()
          .map(Mutant::read)
          .toList();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private static Mutant read(Path file) {
    String name = file.getFileName().toString().replace(SUFFIX, "");
    try {
      return parse(name, Files.readAllLines(file));
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private static Mutant parse(String name, List<String> lines) {
    SortedMap<String, List<Hunk>> hunks = new TreeMap<>();
    List<Hunk> ofFile = null;
    StringBuilder before = new StringBuilder();
    StringBuilder after = new StringBuilder();
    for (String line : lines.subList(1, lines.size())) {
      if (line.startsWith("--- ") || line.startsWith("@@")) {
        end(ofFile, before, after);
      }
      if (line.startsWith("+++ ")) {
        ofFile = hunks.computeIfAbsent(line.substring(4), path -> new ArrayList<>());
      } else if (!line.startsWith("--- ") && !line.startsWith("@@") && !line.isEmpty()) {
        String text = line.substring(1) + "\n";
        before.append(line.charAt(0) == '+' ? "" : text);
        after.append(line.charAt(0) == '-' ? "" : text);
      }
    }
    end(ofFile, before, after);
    return new Mutant(name, lines.get(0).replaceFirst("^# *", ""), hunks);
  }

  private static void end(List<Hunk> hunks, StringBuilder before, StringBuilder after) {
    if (before.length() > 0) {
      hunks.add(new Hunk(before.toString(), after.toString()));
      before.setLength(0);
      after.setLength(0);
    }
  }

  /**
   * The changed sources.
   *
   * @param root of the checkout
   * @return by path
   * @throws IllegalStateException where a hunk's lines do not stand in its file, or twice
   */
  SortedMap<String, String> applied(Path root) {
    SortedMap<String, String> sources = new TreeMap<>();
    hunks.forEach((path, ofFile) -> sources.put(path, applied(root.resolve(path), ofFile)));
    return sources;
  }

  private String applied(Path file, List<Hunk> ofFile) {
    String source;
    try {
      source = Files.readString(file);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
    for (Hunk hunk : ofFile) {
      int place = source.indexOf(hunk.before);
      if (place < 0 || source.indexOf(hunk.before, place + 1) >= 0) {
        String found = place < 0 ? "do not stand" : "stand more than once";
        throw new IllegalStateException(
            "mutant " + name + ": these lines " + found + " in " + file + ":\n" + hunk.before);
      }
      source =
          source.substring(0, place) + hunk.after + source.substring(place + hunk.before.length());
    }
    return source;
  }
}
