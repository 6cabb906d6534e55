package io.cartwheel.cluster.simulate;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ExcuseTest {
  @ParameterizedTest
  @EnumSource(Excuse.class)
  void everyExcuse_isToldInTheReadme(Excuse excuse) throws IOException {
    String readme = Files.readString(Path.of("../README.md")).replaceAll("\\s+", " ");
    assertTrue(
        readme.contains(excuse.sentence()),
        () -> excuse + " is no sentence of the README: " + excuse.sentence());
  }
}
