package io.cartwheel.cluster.simulate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class MutantTest {
  private static final Path ROOT = Path.of("..");

  static Stream<String> names() {
    return Mutant.all(Mutants.directory(ROOT)).stream().map(Mutant::name);
  }

  @ParameterizedTest
  @MethodSource("names")
  void everyMutant_appliesToTheSources(String name) throws IOException {
    Mutant mutant =
        Mutant.all(Mutants.directory(ROOT)).stream()
            .filter(one -> one.name().equals(name))
            .findFirst()
            .orElseThrow();
    assertTrue(mutant.breaks().endsWith("."), mutant.breaks());
    var sources = mutant.applied(ROOT);
    assertTrue(!sources.isEmpty());
    for (String path : sources.keySet()) {
      assertNotEquals(Files.readString(ROOT.resolve(path)), sources.get(path));
    }
  }

  @Test
  void hunk_isFoundByItsLines_andMustStandThereOnce(@TempDir Path root) throws IOException {
    Files.writeString(root.resolve("A.java"), "one\ntwo\nthree\n");
    Files.createDirectories(Mutants.directory(root));
    Files.write(
        Mutants.directory(root).resolve("two.patch"),
        List.of("# breaks two.", "--- A.java", "+++ A.java", "@@", " one", "-two", "+2"));
    Mutant mutant = Mutant.all(Mutants.directory(root)).get(0);
    assertEquals("one\n2\nthree\n", mutant.applied(root).get("A.java"));
    Files.writeString(root.resolve("A.java"), "one\ntwo\none\ntwo\n");
    assertThrows(IllegalStateException.class, () -> mutant.applied(root));
    Files.writeString(root.resolve("A.java"), "one\nthree\n");
    assertThrows(IllegalStateException.class, () -> mutant.applied(root));
  }
}
