package io.cartwheel.cluster.replica;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cartwheel.cluster.ring.Key;
import io.cartwheel.cluster.ring.Position;
import io.cartwheel.storage.StorageException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class RowKeyTest {

  @Test
  void of_isPositionLengthKey() {
    byte[] stored = RowKey.of(0x8102030405060708L, new byte[] {0x0a, (byte) 0xff});

    assertEquals("8102030405060708000000020aff", HexFormat.of().formatHex(stored));
  }

  @Test
  void storedKeys_leadBackAndOrderAsPositionsDo() {
    for (long seed = 0; seed < 1_000; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      Key a = randomKey(random);
      Key b = randomKey(random);
      byte[] storedA = RowKey.of(a);
      byte[] storedB = RowKey.of(b);
      String atSeed = "seed " + seed;
      assertEquals(a.position(), RowKey.position(storedA), atSeed);
      assertArrayEquals(a.bytes(), RowKey.key(storedA), atSeed);
      int byPosition = Long.compareUnsigned(a.position(), b.position());
      if (byPosition != 0) {
        assertEquals(byPosition < 0, Arrays.compareUnsigned(storedA, storedB) < 0, atSeed);
      }
    }
  }

  @Test
  void bounds_encloseExactlyThePartition() {
    SplittableRandom random = new SplittableRandom(7);
    for (int i = 0; i < 1_000; i++) {
      Key key = randomKey(random);
      int partitions = 1 << random.nextInt(15);
      for (int at : new int[] {key.partition(partitions), random.nextInt(partitions)}) {
        byte[] from = RowKey.first(Position.firstOf(at, partitions));
        byte[] to = RowKey.end(RowKey.endOf(at, partitions));
        byte[] stored = RowKey.of(key);
        boolean inside =
            Arrays.compareUnsigned(from, stored) <= 0
                && (to == null || Arrays.compareUnsigned(stored, to) < 0);
        assertEquals(key.partition(partitions) == at, inside, key + " in " + at);
      }
    }
  }

  @Test
  void end_ofTheRingIsOpen() {
    assertNull(RowKey.end(RowKey.endOf(255, 256)));
    assertNull(RowKey.end(RowKey.endOf(0, 1)));
  }

  @Test
  void key_ofAnotherFormIsRefused() {
    byte[] stored = RowKey.of(1, new byte[] {1, 2, 3});
    StorageException refused =
        assertThrows(StorageException.class, () -> RowKey.key(Arrays.copyOf(stored, 14)));
    assertTrue(refused.getMessage().contains("damaged"), refused.getMessage());
  }

  private static Key randomKey(SplittableRandom random) {
    byte[] bytes = new byte[random.nextInt(12)];
    random.nextBytes(bytes);
    return new Key(bytes);
  }
}
