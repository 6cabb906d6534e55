package io.cartwheel.cluster.transport;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cartwheel.cluster.environment.ByteBudget;
import io.cartwheel.cluster.message.Message;
import io.cartwheel.cluster.message.Message.Merge;
import io.cartwheel.cluster.message.MessageCodec;
import io.cartwheel.cluster.message.Refusal;
import io.cartwheel.cluster.version.ByteReader;
import io.cartwheel.cluster.version.ByteWriter;
import io.cartwheel.cluster.version.MalformedException;
import io.cartwheel.cluster.version.Row;
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
    return outbox(maxBytes, ByteBudget.unlimited());
  }

  private static Outbox outbox(long maxBytes, ByteBudget all) {
    return new Outbox(UnpooledByteBufAllocator.DEFAULT, new ByteBudget(maxBytes), all, () -> 77);
  }

  private static byte[] message(int size, int fill) {
    byte[] bytes = new byte[size];
    Arrays.fill(bytes, (byte) fill);
    return bytes;
  }

  private static void add(Outbox outbox, byte[] message) {
    assertTrue(outbox.reserve(message.length));
    outbox.add(message, message.length, false);
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
    for (Outbox.Piece piece = outbox.poll(); piece != null; piece = outbox.poll()) {
      outbox.onLeft(piece.room());
      frames.addAll(frames(piece.buffer()));
    }
    return frames;
  }

  @Test
  void shortMessagesOfATurn_leaveInOneBuffer() {
    Outbox outbox = outbox(1 << 20);
    for (int i = 0; i < 500; i++) {
      add(outbox, message(100, i));
    }
    List<Frame> frames = frames(outbox.poll().buffer());
    assertEquals(500, frames.size());
    assertEquals(77, frames.get(3).time());
    assertArrayEquals(message(100, 3), frames.get(3).body());
    assertNull(outbox.poll());
  }

  @Test
  void shortMessages_passLongOnes() {
    Outbox outbox = outbox(64 << 20);
    add(outbox, message(10 * CHUNK, 1));
    assertEquals(Frames.CHUNK, frames(outbox.poll().buffer()).get(0).type());
    add(outbox, message(10, 2));
    assertEquals(Frames.MESSAGE, frames(outbox.poll().buffer()).get(0).type());
    assertEquals(Frames.CHUNK, frames(outbox.poll().buffer()).get(0).type());
  }

  @Test
  void longMessages_areNotStarvedByShortOnes() {
    Outbox outbox = outbox(64 << 20);
    add(outbox, message(3 * CHUNK, 1));
    int chunks = 0;
    for (int polls = 0; polls < 6; polls++) {
      add(outbox, message(CHUNK, 2));
      chunks += frames(outbox.poll().buffer()).get(0).type() == Frames.CHUNK ? 1 : 0;
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
      for (Outbox.Piece piece = outbox.poll(); piece != null; piece = outbox.poll()) {
        bytes += piece.buffer().readableBytes();
        piece.buffer().release();
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
    add(outbox, message(1, 1));
    assertTrue(outbox.isEmpty());
    assertNull(outbox.poll());
  }

  @Test
  void chunks_areOneMessageAgainInWhateverTurns() {
    long seed = System.nanoTime();
    SplittableRandom random = new SplittableRandom(seed);
    for (int round = 0; round < 20; round++) {
      Outbox outbox = outbox(64 << 20);
      ReceivedRoom room = new ReceivedRoom(160L * CHUNK);
      ReceivedRoom.Share share = new ReceivedRoom.Share();
      Reassembly reassembly = new Reassembly(8 * CHUNK, room, share, Runnable::run, new Verdicts());
      int count = 1 + random.nextInt(10);
      boolean[] there = new boolean[count];
      int[] sizes = new int[count];
      for (int i = 0; i < count; i++) {
        sizes[i] = CHUNK + 1 + random.nextInt(7 * CHUNK);
        add(outbox, message(sizes[i], i));
      }
      for (Frame frame : drain(outbox)) {
        byte[] whole = reassembly.add(frame.body(), false);
        if (whole != null) {
          room.giveBack(share, whole.length);
          int i = whole[0];
          assertFalse(there[i], "seed " + seed);
          there[i] = true;
          assertArrayEquals(message(sizes[i], i), whole, "seed " + seed);
        }
      }
      for (boolean whole : there) {
        assertTrue(whole, "seed " + seed);
      }
      assertEquals(0, room.bytes());
    }
  }

  private static byte[] chunk(int stream, int rest, int size) {
    return new ByteWriter().writeInt(stream).writeInt(rest).writeRaw(new byte[size]).toByteArray();
  }

  /** What was told of messages, in order. */
  private static final class Verdicts extends ArrayList<String> implements Reassembly.Verdicts {
    private static final long serialVersionUID = 1;

    @Override
    public void onRefused(ByteReader head) {
      add("refused");
    }

    @Override
    public void onTaken(int stream) {
      add("taken " + stream);
    }

    @Override
    public void onAgain(int stream) {
      add("again " + stream);
    }
  }

  private static Reassembly reassembly(int maxMessageBytes) {
    return new Reassembly(
        maxMessageBytes,
        new ReceivedRoom(Long.MAX_VALUE),
        new ReceivedRoom.Share(),
        Runnable::run,
        new Verdicts());
  }

  @Test
  void reassembly_refusesWhatDoesNotFit() {
    Reassembly reassembly = reassembly(1_000);
    assertThrows(MalformedException.class, () -> reassembly.add(new byte[7], false));
    assertThrows(MalformedException.class, () -> reassembly.add(chunk(1, -1, 100), false));
    assertNull(reassembly.add(chunk(1, 900, 100), false));
    assertThrows(MalformedException.class, () -> reassembly.add(chunk(1, 900, 100), false));
    assertThrows(MalformedException.class, () -> reassembly.add(chunk(1, 900, 0), false));
    assertEquals(1_000, reassembly.add(chunk(1, 0, 900), false).length);
  }

  @Test
  void reassembly_refusesTooManyStreams() {
    Reassembly reassembly = reassembly(1_000);
    for (int i = 0; i < Frames.MAX_STREAMS; i++) {
      assertNull(reassembly.add(chunk(i, 10, 10), false));
    }
    assertThrows(MalformedException.class, () -> reassembly.add(chunk(99, 10, 10), false));
  }

  @Test
  void reassembly_takesNoMoreMemoryThanHasCome() {
    Reassembly reassembly = reassembly(Integer.MAX_VALUE);
    for (int i = 0; i < Frames.MAX_STREAMS; i++) {
      assertNull(reassembly.add(chunk(i, Integer.MAX_VALUE - 10, 10), false));
    }
  }

  @Test
  void reassembly_dropsWhatItHasNoRoomForAndTakesWhatComesBesideAndAfter() {
    ReceivedRoom room = new ReceivedRoom(10L * CHUNK);
    ReceivedRoom.Share share = new ReceivedRoom.Share();
    Verdicts refused = new Verdicts();
    Reassembly reassembly = new Reassembly(20 * CHUNK, room, share, Runnable::run, refused);
    assertNull(reassembly.add(chunk(1, 4 * CHUNK, CHUNK), false));
    assertNull(reassembly.add(chunk(2, 4 * CHUNK, CHUNK), false));
    assertEquals(1, refused.size(), "the second finds no room");
    assertNull(reassembly.add(chunk(3, Integer.MAX_VALUE, CHUNK), false));
    assertEquals(2, refused.size(), "nor does what is longer than any message");
    assertEquals(5L * CHUNK, room.bytes());
    assertNull(reassembly.add(chunk(2, 0, 4 * CHUNK), false), "dropped to its end");
    assertEquals(5 * CHUNK, reassembly.add(chunk(1, 0, 4 * CHUNK), false).length);
    room.giveBack(share, 5L * CHUNK);
    assertNull(reassembly.add(chunk(4, 4 * CHUNK, CHUNK), false));
    assertEquals(2, refused.size());
    reassembly.close();
    assertEquals(0, room.bytes());
  }

  @Test
  void keptMessage_isSentAgainWhereThereWasNoRoom() {
    for (boolean early : new boolean[] {false, true}) {
      ByteBudget own = new ByteBudget(64L * CHUNK);
      Outbox outbox = new Outbox(UnpooledByteBufAllocator.DEFAULT, own, own, () -> 77);
      ReceivedRoom room = new ReceivedRoom(10L * CHUNK);
      ReceivedRoom.Share other = new ReceivedRoom.Share();
      assertTrue(room.take(other, 5L * CHUNK));
      Verdicts told = new Verdicts();
      ReceivedRoom.Share share = new ReceivedRoom.Share();
      Reassembly reassembly = new Reassembly(20 * CHUNK, room, share, Runnable::run, told);
      assertTrue(outbox.reserve(4 * CHUNK + 1));
      outbox.add(message(4 * CHUNK + 1, 3), 4 * CHUNK + 1, true);
      for (int i = 0; i < (early ? 2 : 5); i++) {
        assertNull(reassembly.add(frames(outbox.poll().buffer()).get(0).body(), true));
      }
      assertEquals(List.of(), told);
      room.giveBack(other, 5L * CHUNK);
      assertEquals(List.of("again 1"), told);
      assertFalse(outbox.isEmpty());
      // What was under way when the word came is dropped, too.
      byte[] late = early ? frames(outbox.poll().buffer()).get(0).body() : null;
      assertNull(early ? reassembly.add(late, true) : null);
      outbox.onAgain(1);
      byte[] whole = null;
      for (Frame frame : drain(outbox)) {
        assertNull(whole);
        assertEquals(Frames.KEPT_CHUNK, frame.type());
        whole = reassembly.add(frame.body(), true);
      }
      assertArrayEquals(message(4 * CHUNK + 1, 3), whole);
      room.giveBack(share, whole.length);
      assertEquals(0, room.bytes());
      assertEquals(0, own.bytes());
      assertTrue(outbox.isEmpty());
    }
  }

  @Test
  void keptMessage_isForgottenOnceItIsTakenAndSent() {
    for (boolean early : new boolean[] {false, true}) {
      ByteBudget own = new ByteBudget(64L * CHUNK);
      Outbox outbox = new Outbox(UnpooledByteBufAllocator.DEFAULT, own, own, () -> 77);
      assertTrue(outbox.reserve(3 * CHUNK));
      outbox.add(message(3 * CHUNK, 3), 3 * CHUNK, true);
      frames(outbox.poll().buffer());
      if (early) {
        outbox.onTaken(1);
      }
      assertEquals(2, drain(outbox).size());
      assertEquals(early, outbox.isEmpty());
      outbox.onTaken(1);
      assertTrue(outbox.isEmpty());
      assertEquals(0, own.bytes());
    }
  }

  @Test
  void keptMessagesWithoutRoom_areNoMoreThanTheStreams() {
    ByteBudget own = new ByteBudget(64L * CHUNK);
    Outbox outbox = new Outbox(UnpooledByteBufAllocator.DEFAULT, own, own, () -> 77);
    int count = Frames.MAX_STREAMS + 1;
    for (int i = 0; i < count; i++) {
      assertTrue(outbox.reserve(2 * CHUNK));
      outbox.add(message(2 * CHUNK, i), 2 * CHUNK, true);
    }
    assertEquals(2 * Frames.MAX_STREAMS, drain(outbox).size());
    outbox.onTaken(2);
    assertEquals(2, drain(outbox).size());
    outbox.close();
    assertEquals(0, own.bytes());
  }

  @Test
  void outboxes_shareTheirRoom() {
    ByteBudget all = new ByteBudget(10L * CHUNK);
    Outbox one = outbox(8L * CHUNK, all);
    Outbox other = outbox(8L * CHUNK, all);
    add(one, message(3 * CHUNK, 1));
    add(one, message(3 * CHUNK, 1));
    assertFalse(one.reserve(3 * CHUNK), "its own room is used");
    add(other, message(2 * CHUNK, 1));
    assertFalse(other.reserve(3 * CHUNK), "the common room is used");
    add(other, message(100, 1));
    one.close();
    add(other, message(3 * CHUNK, 1));
    drain(other);
    assertEquals(0, all.bytes());
  }

  @Test
  void roomOfALongMessage_isKeptUntilItsLastChunkHasLeft() {
    ByteBudget all = new ByteBudget(100L * CHUNK);
    Outbox outbox = outbox(100L * CHUNK, all);
    add(outbox, message(3 * CHUNK, 1));
    for (int i = 0; i < 3; i++) {
      assertEquals(Outbox.wireBytes(3 * CHUNK), all.bytes());
      Outbox.Piece piece = outbox.poll();
      piece.buffer().release();
      outbox.onLeft(piece.room());
    }
    assertEquals(0, all.bytes());
  }

  @Test
  void refusal_isForWhoeverWaits() {
    Merge merge = new Merge(77, 3, 1, new byte[1], Row.EMPTY, 1, false, null, false);
    assertEquals(new Refusal(new Message.Overloaded(77), true), refusal(merge));
    assertEquals(
        new Refusal(new Message.Overloaded(78), false),
        refusal(new Message.RowRead(78, true, Row.EMPTY)));
    Refusal forwarded =
        refusal(new Message.Forwarded(79, Message.Forwarded.Outcome.DONE, new byte[5], 0, 0, 5));
    Message.Forwarded answer = (Message.Forwarded) forwarded.answer();
    assertEquals(79, answer.id());
    assertEquals(
        Message.Forwarded.Outcome.NO_QUORUM, answer.outcome(), "it may have been executed");
    assertNull(refusal(new Message.AskTable()));
  }

  private static Refusal refusal(Message message) {
    ByteWriter out = new ByteWriter();
    MessageCodec.write(out, message);
    return Refusal.of(new ByteReader(out.toByteArray()));
  }
}
