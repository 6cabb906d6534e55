package io.cartwheel.storage.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.cartwheel.storage.StorageEngine;
import io.cartwheel.storage.contract.StorageEngineContract;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class MemoryEngineTest extends StorageEngineContract {
  @Override
  protected String engineName() {
    return "memory";
  }

  @Override
  protected boolean isDurable() {
    return false;
  }

  @Override
  protected void damage(Path directory) throws IOException {
    Path file = directory.resolve("data/checkpoint");
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length / 2] ^= 1;
    Files.write(file, bytes);
  }

  @Test
  void everyCutAndManyFlipsOfACheckpointAreNoticed() throws IOException {
    Path copy = temporary.resolve("copy");
    StorageEngine engine = open();
    put(engine, ROWS, "key", "value");
    put(engine, META, "k", "");
    engine.checkpoint(copy);
    Path file = copy.resolve("data/checkpoint");
    byte[] whole = Files.readAllBytes(file);
    for (int length = 0; length < whole.length; length++) {
      Files.write(file, Arrays.copyOf(whole, length));
      assertRefused(copy, "damaged");
    }
    for (int bit = 0; bit < whole.length * 8; bit++) {
      byte[] flipped = whole.clone();
      flipped[bit / 8] ^= (byte) (1 << (bit % 8));
      Files.write(file, flipped);
      // A flip in a name gives a table that was not asked for, which is refused in other words.
      assertRefused(copy, copy.toString());
    }
    Files.write(file, whole);
    assertEquals("value", get(open(copy), ROWS, "key"));
  }

  @Test
  void afterACloseItStartsWithItsCheckpointOnly() {
    StorageEngine engine = open();
    put(engine, ROWS, "k", "v");
    Path copy = temporary.resolve("copy");
    engine.checkpoint(copy);
    engine.close();
    assertNull(get(open(), ROWS, "k"));

    StorageEngine restored = open(copy);
    put(restored, ROWS, "k", "w");
    restored.close();
    assertEquals("v", get(open(copy), ROWS, "k"));
  }
}
