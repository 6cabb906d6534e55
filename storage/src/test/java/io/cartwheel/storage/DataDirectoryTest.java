package io.cartwheel.storage;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataDirectoryTest {
  /** What each directory held when it was last synced: what a loss of power leaves of it. */
  private final Map<Path, Set<String>> durable = new HashMap<>();

  @Test
  void newDirectory_isDurableWithAllThatIsAboveAndInIt(@TempDir Path root) throws IOException {
    Path path = root.resolve("var").resolve("lib").resolve("cartwheel");
    DataDirectory.open(path, "engine", 1, this::sync).close();
    assertEquals(Set.of("FORMAT", "LOCK", "data"), durable.get(path));
    assertEquals(List.of(), undurable(root, path.resolve("data")));
  }

  @Test
  void directoryWhoseMakerWasKilled_isDurableAfterTheNextOpening(@TempDir Path root)
      throws IOException {
    Path path = root.resolve("cartwheel");
    DataDirectory.open(path, "engine", 1, directory -> {}).close();
    DataDirectory.open(path, "engine", 1, this::sync).close();
    assertEquals(List.of(), undurable(path, path.resolve("data")));
  }

  private void sync(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      durable.put(
          directory,
          files
              .map(file -> file.getFileName().toString())
              .collect(Collectors.toCollection(TreeSet::new)));
    }
  }

  /** The directories from {@code path} up to below {@code root} that a loss of power undoes. */
  private List<Path> undurable(Path root, Path path) {
    List<Path> undurable = new ArrayList<>();
    for (Path at = path; !at.equals(root); at = at.getParent()) {
      if (!durable.getOrDefault(at.getParent(), Set.of()).contains(at.getFileName().toString())) {
        undurable.add(at);
      }
    }
    return undurable;
  }
}
