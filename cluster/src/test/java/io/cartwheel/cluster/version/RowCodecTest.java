package io.cartwheel.cluster.version;

import static io.cartwheel.cluster.version.Rows.at;
import static io.cartwheel.cluster.version.Rows.dot;
import static io.cartwheel.cluster.version.Rows.expiring;
import static io.cartwheel.cluster.version.Rows.form;
import static io.cartwheel.cluster.version.Rows.of;
import static io.cartwheel.cluster.version.Rows.tombstone;
import static io.cartwheel.cluster.version.Rows.value;
import static io.cartwheel.cluster.version.Rows.vector;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.cartwheel.cluster.version.RowWorld.Copy;
import io.cartwheel.cluster.version.RowWorld.Known;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class RowCodecTest {
  private static final StoredRow EVERYTHING =
      new StoredRow(
          row(
              vector(dot(-1, 300)),
              value(dot(1, 1), ""),
              of(
                  expiring(at(value(dot(1, 3), "v"), 7), 1_780_000_000_000L),
                  new RequestId(-2, 9),
                  true),
              tombstone(dot(2, 1)),
              form(expiring(value(dot(3, 1), "x"), -1), Sibling.Form.STRIPPED)),
          new StoredRow.Mint(-9, 130, 5));

  @Test
  void everyKindOfSibling_isReadAsWritten() {
    assertEquals(EVERYTHING, RowCodec.decode(RowCodec.encode(EVERYTHING)));
    StoredRow unminted = new StoredRow(EVERYTHING.row(), null);
    assertEquals(unminted, RowCodec.decode(RowCodec.encode(unminted)));
    assertEquals(StoredRow.ABSENT, RowCodec.decode(RowCodec.encode(StoredRow.ABSENT)));
  }

  @Test
  void aSiblingWhoseTimeTheContextContradicts_keepsItsOwn() {
    Row odd = row(VersionVector.of(dot(1, 1), 99), value(dot(1, 1), "v"));
    StoredRow stored = new StoredRow(odd, null);
    assertEquals(stored, RowCodec.decode(RowCodec.encode(stored)));
  }

  @Test
  void rowsThatArise_areReadAsWritten() {
    for (long seed = 1; seed <= 100; seed++) {
      RowWorld world = RowWalk.of(RowWalk.REAL, null, seed);
      for (int i = 0; i < world.replicas(); i++) {
        for (Copy copy : world.disk(i)) {
          assertEquals(copy.stored(), RowCodec.decode(RowCodec.encode(copy.stored())));
        }
      }
      for (Known known : world.rows()) {
        Row bare = known.row().versionsOnly();
        ByteWriter out = new ByteWriter();
        RowCodec.write(out, bare);
        ByteReader in = new ByteReader(out.toByteArray());
        assertEquals(bare, RowCodec.read(in));
        in.expectEnd();
      }
    }
  }

  @Test
  void aRowWithoutItsValue_isNeverStored() {
    StoredRow bare = new StoredRow(row(value(dot(1, 1), "v")).versionsOnly(), null);
    assertThrows(IllegalArgumentException.class, () -> RowCodec.encode(bare));
    byte[] stored = RowCodec.encode(new StoredRow(row(value(dot(1, 1), "")), null));
    // The same with the form OMITTED, and so without the length of the value.
    byte[] forged = Arrays.copyOf(stored, stored.length - 1);
    forged[22] &= ~0x03;
    assertThrows(MalformedException.class, () -> RowCodec.decode(forged));
  }

  @Test
  void aSiblingThatItsContextDoesNotCover_isNeverWritten() {
    Row broken = new Row(vector(dot(2, 1)), List.of(value(dot(1, 1), "v")));
    assertThrows(
        IllegalArgumentException.class, () -> RowCodec.encode(new StoredRow(broken, null)));
  }

  /**
   * Rows lie on disks in this form: a change needs a new format number, and this one to be read.
   */
  @Test
  void storedFormat_neverChanges() {
    assertEquals(1, RowCodec.STORED_FORMAT);
    String golden =
        "0101fffffffffffffff78201000000000000000504000000000000000103000000000000"
            + "000700000000000000020100000000000000010000000000000003010000000000000001"
            + "ffffffffffffffffac020000000000000001040001010100000000000000010000000000"
            + "0000010100001d010000019e70448800fffffffffffffffe090176011301000000000000"
            + "000201021601ffffffffffffffff000000000000000301";
    assertEquals(golden, HexFormat.of().formatHex(RowCodec.encode(EVERYTHING)));
    assertEquals(EVERYTHING, RowCodec.decode(HexFormat.of().parseHex(golden)));
  }

  @Test
  void aSmallValue_costsLittleBeyondItsBytes() {
    long time = HybridClock.ofMillis(StoppedClock.START_MILLIS);
    Sibling sibling = at(value(dot(1L << 60, 1), "x".repeat(100)), time);
    assertTrue(RowCodec.encode(new StoredRow(row(sibling), null)).length <= 100 + 35);
  }

  @Test
  void formatsAndFlagsThatAreNotKnown_areMalformed() {
    byte[] later = RowCodec.encode(EVERYTHING);
    later[0] = 2;
    assertThrows(MalformedException.class, () -> RowCodec.decode(later));
    byte[] flagged = RowCodec.encode(EVERYTHING);
    flagged[1] |= 0x40;
    assertThrows(MalformedException.class, () -> RowCodec.decode(flagged));
  }

  @Test
  void anyBytes_areARowOrMalformedAndNeverAllocateWildly() {
    long seed = new Random().nextLong();
    SplittableRandom random = new SplittableRandom(seed);
    byte[] good = RowCodec.encode(EVERYTHING);
    int rows = 0;
    for (int i = 0; i < 100_000; i++) {
      byte[] bad = i % 4 == 0 ? Fuzz.random(random) : Fuzz.mutated(good, random);
      if (i % 4 == 0 && bad.length > 2) {
        bad[0] = RowCodec.STORED_FORMAT;
        bad[1] &= 1;
      }
      assertLittleIsAllocated(bad, seed);
      try {
        // What passes is a row in every respect: its own form is canonical.
        StoredRow read = RowCodec.decode(bad);
        rows++;
        assertEquals(read, RowCodec.decode(RowCodec.encode(read)), () -> "seed " + seed);
        assertTrue(read.row().context().covers(row(read.row().siblings()).context()));
      } catch (MalformedException e) {
        // As promised.
      } catch (RuntimeException e) {
        fail("seed " + seed + ": " + HexFormat.of().formatHex(bad), e);
      }
    }
    assertTrue(rows > 1_000, "some mutations only change a value");
  }

  private static void assertLittleIsAllocated(byte[] input, long seed) {
    long before = Fuzz.allocatedBytes();
    try {
      RowCodec.decode(input);
    } catch (MalformedException e) {
      // An exception and its stack trace count as well.
    }
    long allocatedBytes = Fuzz.allocatedBytes() - before;
    // The first time that a message is put together costs the JVM some hundred kilobytes.
    assertTrue(allocatedBytes < 4_000_000, () -> allocatedBytes + " bytes, seed " + seed);
  }

  @Test
  void vectorsOutOfOrder_areMalformed() {
    ByteWriter out = new ByteWriter().writeVarint(2);
    out.writeLong(-1).writeVarint(1).writeLong(1).writeLong(1).writeVarint(1).writeLong(1);
    byte[] bytes = out.toByteArray();
    assertThrows(MalformedException.class, () -> RowCodec.readVector(new ByteReader(bytes)));
    ByteWriter huge = new ByteWriter().writeVarint(1L << 60).writeLong(1);
    assertThrows(
        MalformedException.class, () -> RowCodec.readVector(new ByteReader(huge.toByteArray())));
  }

  @Test
  void encoding_isRepeatable() {
    assertArrayEquals(RowCodec.encode(EVERYTHING), RowCodec.encode(EVERYTHING));
  }

  private static Row row(Sibling... siblings) {
    return Rows.row(siblings);
  }

  private static Row row(VersionVector more, Sibling... siblings) {
    return Rows.row(more, siblings);
  }

  private static Row row(List<Sibling> siblings) {
    return Rows.row(siblings.toArray(Sibling[]::new));
  }
}
