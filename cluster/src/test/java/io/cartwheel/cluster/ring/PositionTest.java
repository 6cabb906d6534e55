package io.cartwheel.cluster.ring;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class PositionTest {

  @Test
  void crc16_isXmodem() {
    byte[] check = "123456789".getBytes(UTF_8);
    assertEquals(0x31C3, Crc16.of(check, 0, check.length));
    assertEquals(0, Crc16.of(check, 3, 3));
  }

  @Test
  void crc16_isWhatTheBitwiseDefinitionGives() {
    SplittableRandom random = new SplittableRandom(1);
    for (int run = 0; run < 1_000; run++) {
      byte[] bytes = new byte[random.nextInt(40)];
      random.nextBytes(bytes);
      int crc = 0;
      for (byte b : bytes) {
        crc ^= (b & 0xff) << 8;
        for (int bit = 0; bit < 8; bit++) {
          crc = (crc & 0x8000) != 0 ? (crc << 1 ^ 0x1021) & 0xffff : crc << 1;
        }
      }
      assertEquals(crc, Crc16.of(bytes, 0, bytes.length));
    }
  }

  @Test
  void slots_areThoseOfRedis() {
    assertEquals(12182, slot("foo"));
    assertEquals(5061, slot("bar"));
    assertEquals(866, slot("hello"));
    assertEquals(0, slot(""));
  }

  @Test
  void hashTag_isTheTextBetweenTheFirstBraces() {
    assertEquals(slot("user1000"), slot("{user1000}.following"));
    assertEquals(slot("a"), slot("{a}{b}"));
    assertEquals(slot("{bar"), slot("foo{{bar}}zap"));
    assertEquals(slot("bar"), slot("foo{bar}{zap}"));
    assertEquals(slot("a"), slot("x{a}"));
  }

  @Test
  void emptyOrOpenHashTag_isNone() {
    assertEquals(whole("{}"), slot("{}"));
    assertEquals(whole("foo{}{bar}"), slot("foo{}{bar}"));
    assertEquals(whole("{a"), slot("{a"));
    assertEquals(whole("a}"), slot("a}"));
    assertEquals(whole("}a{"), slot("}a{"));
  }

  @Test
  void slotAndPartition_arePrefixesOfThePosition() {
    SplittableRandom random = new SplittableRandom(2);
    for (int run = 0; run < 2_000; run++) {
      byte[] bytes = new byte[random.nextInt(30)];
      random.nextBytes(bytes);
      Key key = new Key(bytes);
      assertEquals(Position.slotOf(bytes), key.slot());
      for (int bits = 0; bits <= Position.SLOT_BITS; bits++) {
        int partitions = 1 << bits;
        int partition = key.partition(partitions);
        assertEquals(key.slot() * partitions / Position.SLOTS, partition);
        long first = Position.firstOf(partition, partitions);
        assertTrue(Long.compareUnsigned(first, key.position()) <= 0);
        boolean isLast = partition == partitions - 1;
        assertTrue(
            isLast
                || Long.compareUnsigned(key.position(), Position.firstOf(partition + 1, partitions))
                    < 0);
      }
    }
  }

  @Test
  void firstPositions_ascendAsUnsigned() {
    for (int p = 1; p < Position.SLOTS; p++) {
      assertTrue(
          Long.compareUnsigned(
                  Position.firstOf(p - 1, Position.SLOTS), Position.firstOf(p, Position.SLOTS))
              < 0);
    }
    assertEquals(0, Position.firstOf(0, 1));
  }

  @Test
  void keysOfOneTag_differInTheLowerBits() {
    long a = new Key("{t}a".getBytes(UTF_8)).position();
    long b = new Key("{t}b".getBytes(UTF_8)).position();
    assertEquals(Position.slot(a), Position.slot(b));
    assertNotEquals(a, b);
  }

  /** Rows lie on disks by these numbers: a change here needs a new HASH_VERSION and a migration. */
  @Test
  void positions_neverChange() {
    assertEquals(1, Position.HASH_VERSION);
    // Slot 0, and XXH3's published hash of no bytes.
    assertEquals(0x2d06800538d394c2L >>> 14, new Key(new byte[0]).position());
    assertEquals("0000b41a0014e34e", hex(""));
    assertEquals("f21f9b18cad87a59", hex("a"));
    assertEquals("be5aadb97d901df9", hex("foo"));
    assertEquals("35cfc068e95303d1", hex("{user1000}.following"));
    assertEquals("af429746d181f720", hex("x".repeat(300)));
  }

  private static String hex(String key) {
    return String.format("%016x", new Key(key.getBytes(UTF_8)).position());
  }

  private static int slot(String key) {
    return Position.slotOf(key.getBytes(UTF_8));
  }

  private static int whole(String key) {
    byte[] bytes = key.getBytes(UTF_8);
    return Crc16.of(bytes, 0, bytes.length) % Position.SLOTS;
  }
}
