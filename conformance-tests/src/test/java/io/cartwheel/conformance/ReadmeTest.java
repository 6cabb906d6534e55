package io.cartwheel.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.reflect.AccessibleObject;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * What the README says of the code is so: every hop of its tour exists, every setting stands in its
 * table. The only test here that looks into the server.
 */
class ReadmeTest {
  private static final Path ROOT = LocalCluster.CHECKOUT;
  private static final int MAX_LINE_LENGTH = 121;

  @Test
  void hops_areClassesAndMethodsThatExist() throws Exception {
    Map<String, String> classes = classes();
    List<String> missing = new ArrayList<>();
    List<MatchResult> hops =
        Pattern.compile("(?m)^\\d+\\. `(\\w+)\\.(\\w+)`:").matcher(readme()).results().toList();
    assertTrue(hops.size() > 25, "a tour of " + hops.size() + " hops");
    for (MatchResult hop : hops) {
      String name = classes.get(hop.group(1));
      boolean exists =
          name != null
              && Stream.of(Class.forName(name, false, getClass().getClassLoader()))
                  .flatMap(type -> Arrays.stream(type.getDeclaredMethods()))
                  .anyMatch(method -> method.getName().equals(hop.group(2)));
      if (!exists) {
        missing.add(hop.group());
      }
    }
    assertEquals(List.of(), missing);
  }

  @Test
  void classes_thatAreNamedExist() throws IOException {
    TreeSet<String> known = new TreeSet<>(classes().keySet());
    List<String> missing = new ArrayList<>();
    Pattern.compile("`([A-Z][a-z]+[A-Za-z]*)`")
        .matcher(readme())
        .results()
        .map(found -> found.group(1))
        .filter(name -> !known.contains(name))
        .forEach(missing::add);
    assertEquals(List.of(), missing);
  }

  @Test
  void tests_thatAreNamedExist() throws IOException {
    Map<String, String> sources = new TreeMap<>();
    for (String module : List.of("storage", "cluster", "protocol-resp", "conformance-tests")) {
      try (Stream<Path> files = Files.walk(ROOT.resolve(module).resolve("src/test"))) {
        for (Path file : files.filter(f -> f.toString().endsWith("Test.java")).toList()) {
          String name = file.getFileName().toString();
          sources.put(name.substring(0, name.indexOf('.')), Files.readString(file));
        }
      }
    }
    List<MatchResult> named =
        Pattern.compile("`(\\w+Test)\\.(\\w+)`").matcher(readme()).results().toList();
    assertTrue(named.size() > 15, named.size() + " tests are named");
    List<String> missing = new ArrayList<>();
    for (MatchResult test : named) {
      String source = sources.getOrDefault(test.group(1), "");
      if (!source.contains("void " + test.group(2) + "(")) {
        missing.add(test.group());
      }
    }
    assertEquals(List.of(), missing);
  }

  @Test
  void settings_areAllInTheTableWithTheirDefaults() throws Exception {
    String readme = readme();
    int keyspaces = readme.indexOf("| of a keyspace |");
    assertEquals(declared("ALL"), rows(readme.substring(readme.indexOf("| setting |"), keyspaces)));
    assertEquals(declared("KEYSPACE"), rows(readme.substring(keyspaces)));
  }

  @Test
  void shippedConfiguration_setsOnlyWhatTheTableHas() throws Exception {
    TreeSet<String> known = new TreeSet<>();
    for (String name : declared("ALL").keySet()) {
      known.addAll(List.of(name.split("\\.")));
    }
    known.addAll(declared("KEYSPACE").keySet());
    known.addAll(List.of("cartwheel", "keyspaces", "default", "grace", "tolerance"));
    List<String> unknown = new ArrayList<>();
    for (String line : Files.readAllLines(ROOT.resolve("deploy/conf/cartwheel.conf"))) {
      String word = line.strip().split("[ =]", 2)[0];
      if (!word.isEmpty() && !word.matches("[#}\"].*") && !isKnown(known, word)) {
        unknown.add(line);
      }
    }
    assertEquals(List.of(), unknown);
  }

  @Test
  void lines_areShort() throws IOException {
    for (String line : readme().lines().toList()) {
      assertTrue(line.startsWith("|") || line.length() <= MAX_LINE_LENGTH, line);
    }
  }

  private static boolean isKnown(Set<String> known, String word) {
    return known.containsAll(List.of(word.split("\\.")));
  }

  private static String readme() throws IOException {
    return Files.readString(ROOT.resolve("README.md"));
  }

  /** Simple names of our classes, of all modules, to full ones. */
  private static Map<String, String> classes() throws IOException {
    Map<String, String> classes = new TreeMap<>();
    for (String module : List.of("storage", "cluster", "protocol-resp", "deploy")) {
      for (String kind : List.of("main", "test")) {
        Path sources = ROOT.resolve(module).resolve("src/" + kind + "/java");
        try (Stream<Path> files = Files.walk(sources)) {
          files
              .map(file -> sources.relativize(file).toString())
              .filter(file -> file.endsWith(".java"))
              .map(file -> file.substring(0, file.length() - ".java".length()))
              .sorted(Comparator.reverseOrder())
              .forEach(
                  file ->
                      classes.putIfAbsent(
                          file.substring(file.lastIndexOf('/') + 1), file.replace('/', '.')));
        }
      }
    }
    return classes;
  }

  /** Names and defaults as the table shows them. */
  private static Map<String, String> rows(String table) {
    Map<String, String> rows = new TreeMap<>();
    Pattern.compile("(?m)^\\| `([^`]+)`( \\*)? \\| (?:`([^`]*)`)? ?\\|")
        .matcher(table.substring(0, table.indexOf("\n\n")))
        .results()
        .forEach(
            row -> rows.put(row.group(1), String.valueOf(row.group(3)) + (row.group(2) != null)));
    return rows;
  }

  /** Names and defaults as the server has them. */
  private static Map<String, String> declared(String list) throws ReflectiveOperationException {
    Map<String, String> declared = new TreeMap<>();
    var field = Class.forName("io.cartwheel.server.SettingTable").getDeclaredField(list);
    field.setAccessible(true);
    for (Object setting : (List<?>) field.get(null)) {
      String value = (String) part(setting, "defaultText");
      declared.put(
          (String) part(setting, "name"),
          (value.isEmpty() ? "null" : value) + part(setting, "clusterWide"));
    }
    return declared;
  }

  private static Object part(Object setting, String name) throws ReflectiveOperationException {
    Method accessor = setting.getClass().getDeclaredMethod(name);
    AccessibleObject.setAccessible(new AccessibleObject[] {accessor}, true);
    return accessor.invoke(setting);
  }
}
