package io.cartwheel.cluster.transport;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cartwheel.cluster.version.ByteWriter;
import io.cartwheel.cluster.version.MalformedException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class OutboxTest {
  private static final int CHUNK = Frames.CHUNK_BYTES;

  private record Frame(int type, long time, byte[] body) {}

  private static Outbox outbox(long maxBytes) {
    return new Outbox(UnpooledByteBufAllocator.DEFAULT, maxBytes, () -> 77);
  }

  private static byte[] message(int size, int fill) {
    byte[] bytes = new byte[size];
    Arrays.fill(bytes, (byte) fill);
    return bytes;
  }

  private static void add(Outbox outbox, byte[] message) {
    assertTrue(outbox.reserve(message.length));
    outbox.add(message, message.length);
  }

  private static List<Frame> frames(ByteBuf buffer) {
    List<Frame> frames = new ArrayList<>();
    while (buffer.isReadable()) {
      byte[] body = new byte[buffer.readInt() - Frames.HEADER_BYTES];
      int type = buffer.readUnsignedByte();
      long time = buffer.readLong();
      buffer.readBytes(body);
      frames.add(new Frame(type, time, body));
    }
    buffer.release();
    return frames;
  }

  private static List<Frame> drain(Outbox outbox) {
    List<Frame> frames = new ArrayList<>();
    for (ByteBuf buffer = outbox.poll(); buffer != null; buffer = outbox.poll()) {
      outbox.left(buffer.readableBytes());
      frames.addAll(frames(buffer));
    }
    return frames;
  }

  @Test
  void shortMessagesOfATurn_leaveInOneBuffer() {
    Outbox outbox = outbox(1 << 20);
    for (int i = 0; i < 500; i++) {
      add(outbox, message(100, i));
    }
    List<Frame> frames = frames(outbox.poll());
    assertEquals(500, frames.size());
    assertEquals(77, frames.get(3).time());
    assertArrayEquals(message(100, 3), frames.get(3).body());
    assertNull(outbox.poll());
  }

  @Test
  void shortMessages_passLongOnes() {
    Outbox outbox = outbox(64 << 20);
    add(outbox, message(10 * CHUNK, 1));
    assertEquals(Frames.CHUNK, frames(outbox.poll()).get(0).type());
    add(outbox, message(10, 2));
    assertEquals(Frames.MESSAGE, frames(outbox.poll()).get(0).type());
    assertEquals(Frames.CHUNK, frames(outbox.poll()).get(0).type());
  }

  @Test
  void longMessages_areNotStarvedByShortOnes() {
    Outbox outbox = outbox(64 << 20);
    add(outbox, message(3 * CHUNK, 1));
    int chunks = 0;
    for (int polls = 0; polls < 6; polls++) {
      add(outbox, message(CHUNK, 2));
      chunks += frames(outbox.poll()).get(0).type() == Frames.CHUNK ? 1 : 0;
    }
    assertEquals(3, chunks);
    outbox.close();
  }

  @Test
  void longMessages_takeTurnsUpToAFewStreams() {
    Outbox outbox = outbox(64 << 20);
    for (int i = 0; i < Frames.MAX_STREAMS + 2; i++) {
      add(outbox, message(2 * CHUNK, i));
    }
    List<Integer> order = new ArrayList<>();
    for (Frame frame : drain(outbox)) {
      order.add((int) frame.body()[Frames.CHUNK_HEADER_BYTES]);
    }
    assertEquals(List.of(0, 1, 2, 3, 0, 1, 2, 3, 4, 5, 4, 5), order);
  }

  @Test
  void reserve_refusesPastTheBoundAndTakesAgainWhatHasLeft() {
    long wire = Outbox.wireBytes(1_000);
    Outbox outbox = outbox(10 * wire);
    for (int i = 0; i < 10; i++) {
      add(outbox, message(1_000, i));
    }
    assertFalse(outbox.reserve(1_000));
    assertFalse(outbox.reserve(0));
    assertEquals(10, drain(outbox).size());
    assertTrue(outbox.reserve(1_000));
  }

  @Test
  void wireBytes_areWhatLeaves() {
    for (int size : new int[] {0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 5 * CHUNK + 7}) {
      Outbox outbox = outbox(1 << 20);
      add(outbox, message(size, 1));
      long bytes = 0;
      for (ByteBuf buffer = outbox.poll(); buffer != null; buffer = outbox.poll()) {
        bytes += buffer.readableBytes();
        buffer.release();
      }
      assertEquals(Outbox.wireBytes(size), bytes, "size " + size);
    }
  }

  @Test
  void noFrame_isLongerThanTheDecoderTakes() {
    Outbox outbox = outbox(1 << 20);
    add(outbox, message(CHUNK, 1));
    add(outbox, message(CHUNK + 1, 1));
    add(outbox, message(3 * CHUNK, 1));
    for (Frame frame : drain(outbox)) {
      assertTrue(frame.body().length + Frames.HEADER_BYTES <= Frames.MAX_FRAME_BYTES);
    }
  }

  @Test
  void closedOutbox_holdsNothing() {
    Outbox outbox = outbox(1 << 20);
    add(outbox, message(10, 1));
    add(outbox, message(2 * CHUNK, 1));
    outbox.close();
    outbox.add(message(1, 1), 1);
    assertTrue(outbox.isEmpty());
    assertNull(outbox.poll());
  }

  @Test
  void chunks_areOneMessageAgainInWhateverTurns() {
    long seed = System.nanoTime();
    SplittableRandom random = new SplittableRandom(seed);
    for (int round = 0; round < 20; round++) {
      Outbox outbox = outbox(64 << 20);
      Reassembly reassembly = new Reassembly(8 * CHUNK);
      int count = 1 + random.nextInt(10);
      boolean[] there = new boolean[count];
      int[] sizes = new int[count];
      for (int i = 0; i < count; i++) {
        sizes[i] = CHUNK + 1 + random.nextInt(7 * CHUNK);
        add(outbox, message(sizes[i], i));
      }
      for (Frame frame : drain(outbox)) {
        byte[] whole = reassembly.add(frame.body());
        if (whole != null) {
          int i = whole[0];
          assertFalse(there[i], "seed " + seed);
          there[i] = true;
          assertArrayEquals(message(sizes[i], i), whole, "seed " + seed);
        }
      }
      for (boolean whole : there) {
        assertTrue(whole, "seed " + seed);
      }
    }
  }

  private static byte[] chunk(int stream, int rest, int size) {
    return new ByteWriter().writeInt(stream).writeInt(rest).writeRaw(new byte[size]).toByteArray();
  }

  @Test
  void reassembly_refusesWhatDoesNotFit() {
    Reassembly reassembly = new Reassembly(1_000);
    assertThrows(MalformedException.class, () -> reassembly.add(new byte[7]));
    assertThrows(MalformedException.class, () -> reassembly.add(chunk(1, 901, 100)));
    assertThrows(MalformedException.class, () -> reassembly.add(chunk(1, -1, 100)));
    assertThrows(MalformedException.class, () -> reassembly.add(chunk(1, Integer.MAX_VALUE, 100)));
    assertNull(reassembly.add(chunk(1, 900, 100)));
    assertThrows(MalformedException.class, () -> reassembly.add(chunk(1, 900, 100)));
    assertThrows(MalformedException.class, () -> reassembly.add(chunk(1, 900, 0)));
    assertEquals(1_000, reassembly.add(chunk(1, 0, 900)).length);
  }

  @Test
  void reassembly_refusesTooManyStreams() {
    Reassembly reassembly = new Reassembly(1_000);
    for (int i = 0; i < Frames.MAX_STREAMS; i++) {
      assertNull(reassembly.add(chunk(i, 10, 10)));
    }
    assertThrows(MalformedException.class, () -> reassembly.add(chunk(99, 10, 10)));
  }

  @Test
  void reassembly_takesNoMoreMemoryThanHasCome() {
    Reassembly reassembly = new Reassembly(Integer.MAX_VALUE);
    for (int i = 0; i < Frames.MAX_STREAMS; i++) {
      assertNull(reassembly.add(chunk(i, Integer.MAX_VALUE - 10, 10)));
    }
  }
}
