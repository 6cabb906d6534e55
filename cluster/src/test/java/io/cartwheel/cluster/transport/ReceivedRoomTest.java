package io.cartwheel.cluster.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cartwheel.cluster.environment.ByteBudget;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ReceivedRoomTest {
  private static final long PIECE = ByteBudget.SMALL_BYTES + 1;
  private static final long ROOM = 24 * PIECE;

  private final ReceivedRoom room = new ReceivedRoom(ROOM);
  private final ReceivedRoom.Share a = new ReceivedRoom.Share();
  private final ReceivedRoom.Share b = new ReceivedRoom.Share();
  private final List<String> served = new ArrayList<>();

  private int takeAll(ReceivedRoom.Share share) {
    int taken = 0;
    while (room.take(share, PIECE)) {
      taken++;
    }
    return taken;
  }

  @Test
  void oneLinkAlone_hasHalfOfTheRoom() {
    assertEquals(12, takeAll(a));
    assertEquals(6, takeAll(b), "half of what is left");
    room.giveBack(a, PIECE);
    assertTrue(room.take(b, PIECE), "who has less comes before");
    assertFalse(room.take(a, PIECE));
  }

  @Test
  void outsizedPlace_goesRound() {
    long outsized = ROOM;
    assertTrue(room.take(a, outsized));
    assertFalse(room.take(a, outsized));
    assertFalse(room.take(b, outsized));
    room.giveBack(a, outsized);
    assertFalse(room.take(a, outsized), "b has been refused");
    assertTrue(room.take(b, outsized));
    room.giveBack(b, outsized);
    assertTrue(room.take(b, outsized), "nobody else has asked");
    assertFalse(room.take(a, outsized));
    room.giveBack(b, outsized);
    assertFalse(room.take(b, outsized));
    assertTrue(room.take(b, outsized), "a has had its chance");
  }

  @Test
  void whatWaits_comesInItsOrderAndBeforeOthers() {
    assertEquals(12, takeAll(a));
    assertEquals(6, takeAll(b));
    room.await(a, 4 * PIECE, () -> served.add("first"));
    room.await(b, PIECE, () -> served.add("second"));
    assertEquals(List.of(), served);
    room.giveBack(a, PIECE);
    assertEquals(List.of("first"), served);
    room.giveBack(a, PIECE);
    assertEquals(List.of("first", "second"), served);
    room.await(b, 10 * PIECE, () -> served.add("third"));
    for (int i = 0; i < 9; i++) {
      room.giveBack(a, PIECE);
    }
    assertFalse(room.take(b, PIECE), "it would keep the one that waits from its turn");
    assertTrue(room.takeShort(1));
    room.giveBackShort(1);
    assertEquals(2, served.size());
    room.giveBack(a, PIECE);
    assertEquals(List.of("first", "second", "third"), served);
  }

  @Test
  void shortOnesThatGo_serveWhatWaits() {
    long small = ByteBudget.SMALL_BYTES;
    int count = 0;
    while (room.takeShort(small)) {
      count++;
    }
    room.await(a, PIECE, () -> served.add("first"));
    while (served.isEmpty()) {
      room.giveBackShort(small);
      count--;
    }
    assertTrue(count > 0);
  }

  @Test
  void roomIsWhole_afterAllHasGone() {
    long seed = System.nanoTime();
    SplittableRandom random = new SplittableRandom(seed);
    List<ReceivedRoom.Share> shares = List.of(a, b, new ReceivedRoom.Share());
    List<Runnable> toGiveBack = new ArrayList<>();
    for (int i = 0; i < 2_000; i++) {
      ReceivedRoom.Share share = shares.get(random.nextInt(shares.size()));
      long bytes = PIECE + random.nextLong(ROOM * 3 / 4);
      int kind = random.nextInt(4);
      if (kind == 0) {
        room.await(share, bytes, () -> toGiveBack.add(() -> room.giveBack(share, bytes)));
      } else if (kind == 1 && room.take(share, bytes)) {
        toGiveBack.add(() -> room.giveBack(share, bytes));
      } else if (!toGiveBack.isEmpty()) {
        toGiveBack.remove(random.nextInt(toGiveBack.size())).run();
      }
    }
    while (!toGiveBack.isEmpty()) {
      toGiveBack.remove(toGiveBack.size() - 1).run();
    }
    assertEquals(0, room.bytes(), "seed " + seed);
    assertEquals(12, takeAll(a), "seed " + seed);
  }
}
