package io.cartwheel.cluster.message;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cartwheel.cluster.message.Message.Heartbeat;
import io.cartwheel.cluster.message.Message.ReadRow;
import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.cluster.ring.PartitionTable;
import io.cartwheel.cluster.version.ByteReader;
import io.cartwheel.cluster.version.ByteWriter;
import io.cartwheel.cluster.version.MalformedException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class MessageCodecTest {

  static List<Class<?>> types() {
    return RandomMessages.types();
  }

  private static byte[] encode(Message message) {
    ByteWriter out = new ByteWriter();
    MessageCodec.write(out, message);
    return out.toByteArray();
  }

  private static Message decode(byte[] bytes) {
    return MessageCodec.read(new ByteReader(bytes));
  }

  @ParameterizedTest
  @MethodSource("types")
  void everyMessage_comesBackAsItWas(Class<?> type) {
    long seed = System.nanoTime();
    RandomMessages messages = new RandomMessages(new SplittableRandom(seed));
    for (int i = 0; i < 300; i++) {
      Message message = messages.message(type);
      byte[] bytes = encode(message);
      Message back = decode(bytes);
      assertTrue(RandomMessages.alike(message, back), () -> message + " seed " + seed);
      assertTrue(Arrays.equals(bytes, encode(back)), () -> message + " seed " + seed);
    }
  }

  @Test
  void hierarchy_isFoundWhole() {
    assertTrue(types().size() >= 18, types().toString());
    assertTrue(types().contains(Message.Merge.class) && types().contains(Message.AskTable.class));
  }

  @Test
  void missingKey_andEmptyKeyAreTwoThings() {
    assertEquals(
        null, ((Message.RandomKeyFound) decode(encode(new Message.RandomKeyFound(1, null)))).key());
    assertEquals(
        0,
        ((Message.RandomKeyFound) decode(encode(new Message.RandomKeyFound(1, new byte[0]))))
            .key()
            .length);
  }

  @ParameterizedTest
  @MethodSource("types")
  void truncatedMessage_isMalformed(Class<?> type) {
    long seed = System.nanoTime();
    RandomMessages messages = new RandomMessages(new SplittableRandom(seed));
    for (int i = 0; i < 20; i++) {
      byte[] bytes = encode(messages.message(type));
      for (int length = 0; length < bytes.length; length++) {
        byte[] cut = Arrays.copyOf(bytes, length);
        assertThrows(MalformedException.class, () -> decode(cut), () -> type + " seed " + seed);
      }
      byte[] longer = Arrays.copyOf(bytes, bytes.length + 1);
      assertThrows(MalformedException.class, () -> decode(longer), () -> type + " seed " + seed);
    }
  }

  @Test
  void damagedMessages_areReadOrMalformedAndNothingElse() {
    long seed = System.nanoTime();
    SplittableRandom random = new SplittableRandom(seed);
    RandomMessages messages = new RandomMessages(random);
    List<Class<?>> types = types();
    int malformed = 0;
    for (int i = 0; i < 60_000; i++) {
      byte[] bytes = encode(messages.message(types.get(random.nextInt(types.size()))));
      int damages = 1 + random.nextInt(3);
      for (int d = 0; d < damages; d++) {
        int at = random.nextInt(bytes.length);
        bytes[at] = random.nextBoolean() ? (byte) random.nextInt() : (byte) 0xff;
      }
      malformed += survives(bytes, seed) ? 0 : 1;
    }
    assertTrue(malformed > 1_000, "nothing was damaged, seed " + seed);
  }

  @Test
  void randomBytes_areReadOrMalformedAndNothingElse() {
    long seed = System.nanoTime();
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < 100_000; i++) {
      byte[] bytes = new byte[random.nextInt(60)];
      random.nextBytes(bytes);
      if (bytes.length > 0) {
        bytes[0] = (byte) random.nextInt(24);
      }
      survives(bytes, seed);
    }
  }

  /** Whether the bytes are a message; whatever is read can be written again. */
  private static boolean survives(byte[] bytes, long seed) {
    Message read;
    try {
      read = decode(bytes);
    } catch (MalformedException e) {
      assertFalse(e.getMessage().isEmpty());
      return false;
    } catch (RuntimeException | Error e) {
      throw new AssertionError(HexFormat.of().formatHex(bytes) + " seed " + seed, e);
    }
    encode(read);
    return true;
  }

  @Test
  void announcedLength_isNotBelieved() {
    ByteWriter out = new ByteWriter();
    out.writeByte(9).writeLong(1).writeVarint(Integer.MAX_VALUE);
    assertThrows(MalformedException.class, () -> decode(out.toByteArray()));
  }

  @Test
  void smallMessages_areSmall() {
    assertEquals(14, encode(new Heartbeat(new NodeName("n1"), 0, new byte[0], new byte[0])).length);
    assertEquals(1 + 8 + 2 + 1 + 2 + 1, encode(new ReadRow(1, 200, 1, new byte[1], true)).length);
  }

  @Test
  void table_namesEachNodeOnce() {
    NodeName name = new NodeName("a-rather-long-name-of-a-node.example.org:7001");
    List<PartitionTable.Entry> entries = new ArrayList<>();
    for (int i = 0; i < 256; i++) {
      entries.add(new PartitionTable.Entry(1, name, List.of(name), List.of(name)));
    }
    byte[] bytes = encode(new Message.TellTable(List.of(), new PartitionTable(entries)));
    assertTrue(bytes.length < 256 * 7 + 100, bytes.length + " bytes");
  }
}
