package io.cartwheel.cluster.version;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ByteReaderTest {

  @Test
  void whatWasWritten_isRead() {
    ByteWriter out = new ByteWriter(0);
    out.writeByte(200)
        .writeBoolean(true)
        .writeBoolean(false)
        .writeInt(-5)
        .writeLong(Long.MIN_VALUE);
    out.writeBytes(new byte[] {1, 2}).writeString("gr\u00fc\u00df").writeRaw(new byte[] {9});
    ByteReader in = new ByteReader(out.toByteArray());
    assertEquals(200, in.readByte());
    assertTrue(in.readBoolean());
    assertFalse(in.readBoolean());
    assertEquals(-5, in.readInt());
    assertEquals(Long.MIN_VALUE, in.readLong());
    assertArrayEquals(new byte[] {1, 2}, in.readBytes());
    assertEquals("gr\u00fc\u00df", in.readString());
    assertEquals(1, in.remaining());
    assertArrayEquals(new byte[] {9}, in.readRaw(1));
    in.expectEnd();
  }

  @Test
  void varints_ofEveryLength_areRead() {
    for (int bits = 0; bits < 63; bits++) {
      for (long value : new long[] {1L << bits, (1L << bits) - 1, (1L << bits) + 1}) {
        ByteWriter out = new ByteWriter().writeVarint(value);
        assertEquals(value, new ByteReader(out.toByteArray()).readVarint());
        assertEquals(Math.max(1, (64 - Long.numberOfLeadingZeros(value) + 6) / 7), out.size());
      }
    }
    byte[] greatest = new ByteWriter().writeVarint(Long.MAX_VALUE).toByteArray();
    assertEquals(Long.MAX_VALUE, new ByteReader(greatest).readVarint());
    assertThrows(IllegalArgumentException.class, () -> new ByteWriter().writeVarint(-1));
  }

  @Test
  void aVarintInMoreBytesThanItNeeds_isMalformed() {
    assertMalformed(in -> in.readVarint(), 0x80, 0x00);
    assertMalformed(in -> in.readVarint(), 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1);
    assertMalformed(in -> in.readVarint(), 0x80);
  }

  @Test
  void truncatedInput_isMalformed() {
    assertMalformed(ByteReader::readByte);
    assertMalformed(ByteReader::readInt, 1, 2, 3);
    assertMalformed(ByteReader::readLong, 1, 2, 3, 4, 5, 6, 7);
    assertMalformed(ByteReader::readBytes, 2, 1);
    assertMalformed(ByteReader::readString, 2, 'x');
    assertMalformed(in -> in.readRaw(-1), 1);
    assertMalformed(in -> in.readRaw(2), 1);
    assertMalformed(ByteReader::expectEnd, 1);
  }

  @Test
  void otherNonsense_isMalformed() {
    assertMalformed(ByteReader::readBoolean, 2);
    assertMalformed(ByteReader::readString, 1, 0xff);
    assertMalformed(in -> in.readVarint(3), 4);
    assertMalformed(in -> in.readCount(2), 2, 0, 0, 0);
    assertEquals(2, new ByteReader(new byte[] {2, 0, 0, 0, 0}).readCount(2));
  }

  @Test
  void anAnnouncedLength_allocatesNothingBeforeItIsChecked() {
    ByteWriter out = new ByteWriter().writeVarint(Integer.MAX_VALUE).writeLong(0);
    byte[] hostile = out.toByteArray();
    assertThrows(MalformedException.class, () -> new ByteReader(hostile).readBytes());
    long before = Fuzz.allocatedBytes();
    for (int i = 0; i < 100; i++) {
      assertThrows(MalformedException.class, () -> new ByteReader(hostile).readBytes());
      assertThrows(MalformedException.class, () -> new ByteReader(hostile).readString());
    }
    assertTrue(Fuzz.allocatedBytes() - before < 10_000_000);
  }

  @Test
  void aReaderOfAPart_seesNothingBeyond() {
    byte[] bytes = {1, 2, 3, 4};
    ByteReader in = new ByteReader(bytes, 1, 2);
    assertEquals(2, in.readByte());
    assertEquals(3, in.readByte());
    assertThrows(MalformedException.class, in::readByte);
  }

  @Test
  void aClearedWriter_startsAnew() {
    ByteWriter out = new ByteWriter(16).writeLong(7);
    out.clear();
    out.writeByte(3);
    assertArrayEquals(new byte[] {3}, out.toByteArray());
    assertEquals(3, out.buffer()[0]);
  }

  @Test
  void manyWrites_growTheBuffer() {
    long seed = new Random().nextLong();
    SplittableRandom random = new SplittableRandom(seed);
    ByteWriter out = new ByteWriter(1);
    long[] values = new long[5_000];
    for (int i = 0; i < values.length; i++) {
      values[i] = random.nextLong() >>> 1 >>> random.nextInt(63);
      out.writeVarint(values[i]);
    }
    ByteReader in = new ByteReader(out.buffer(), 0, out.size());
    for (long value : values) {
      assertEquals(value, in.readVarint(), () -> "seed " + seed);
    }
    in.expectEnd();
  }

  private interface Reading {
    void from(ByteReader in);
  }

  private static void assertMalformed(Reading reading, int... bytes) {
    byte[] input = new byte[bytes.length];
    for (int i = 0; i < input.length; i++) {
      input[i] = (byte) bytes[i];
    }
    assertThrows(MalformedException.class, () -> reading.from(new ByteReader(input)));
  }
}
