package io.cartwheel.cluster.node;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.cartwheel.cluster.environment.Clock;
import io.cartwheel.cluster.environment.SimulatedTime;
import io.cartwheel.cluster.message.Message;
import io.cartwheel.cluster.ring.NodeName;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PassedOwnersTest {
  private static final NodeName FIRST = new NodeName("n1");
  private static final NodeName SECOND = new NodeName("n2");

  private final SimulatedTime time = new SimulatedTime(1);
  private final List<String> sent = new ArrayList<>();
  private boolean hasRoom = true;
  private final PassedOwners passed =
      new PassedOwners(List.of(time.newLoop(), time.newLoop()), clock(), this::send);

  private Clock clock() {
    return new Clock() {
      @Override
      public long wallMillis() {
        return time.wallMillis();
      }

      @Override
      public long monotonicNanos() {
        return time.monotonicNanos();
      }
    };
  }

  private boolean send(int shard, NodeName to, Message message) {
    Message.PassedOver told = (Message.PassedOver) message;
    assertEquals(told.partition() % 2, shard);
    if (hasRoom) {
      sent.add(to + " of " + told.partition() + " at " + told.epoch());
    }
    return hasRoom;
  }

  private void tell(int partition, NodeName owner, long epoch) {
    passed.tell(partition, owner, epoch, true);
  }

  @Test
  void owner_isToldOnceUntilItCompares() {
    for (int i = 0; i < 50; i++) {
      tell(3, FIRST, 1);
      time.advanceMillis(1);
    }
    assertEquals(List.of("n1 of 3 at 1"), sent);
    passed.onCompares(4, FIRST);
    passed.onCompares(3, SECOND);
    tell(3, FIRST, 1);
    assertEquals(1, sent.size(), "another partition, another owner");
    passed.onCompares(3, FIRST);
    tell(3, FIRST, 1);
    assertEquals(2, sent.size());
  }

  @Test
  void everyPartitionAndOwnerAndEpoch_isToldOf() {
    tell(3, FIRST, 1);
    tell(3, SECOND, 1);
    tell(4, FIRST, 1);
    tell(4, FIRST, 2);
    assertEquals(List.of("n1 of 3 at 1", "n2 of 3 at 1", "n1 of 4 at 1", "n1 of 4 at 2"), sent);
  }

  @Test
  void whatMayHaveBeenLost_isToldAgainInAWhile() {
    for (int i = 0; i < 1_000; i++) {
      tell(3, FIRST, 1);
      time.advanceMillis(1);
    }
    assertEquals(10, sent.size());
  }

  @Test
  void whoeverIsNoOwner_tellsOfEveryWrite() {
    for (int i = 0; i < 5; i++) {
      passed.tell(3, FIRST, 1, false);
    }
    assertEquals(5, sent.size());
  }

  @Test
  void whatFindsNoRoom_isSentInAMoment() {
    hasRoom = false;
    tell(3, FIRST, 1);
    time.advanceMillis(500);
    hasRoom = true;
    tell(3, FIRST, 1);
    assertEquals(List.of(), sent);
    time.advanceMillis(50);
    assertEquals(List.of("n1 of 3 at 1"), sent);
    time.advanceMillis(500);
    assertEquals(1, sent.size());
  }

  @Test
  void whatIsOwed_isForgottenWhereItsOwnerComparesOrIsGone() {
    hasRoom = false;
    tell(3, FIRST, 1);
    tell(4, SECOND, 1);
    passed.onCompares(3, FIRST);
    passed.onUnreachable(SECOND);
    hasRoom = true;
    time.advanceMillis(500);
    assertEquals(List.of(), sent);
  }
}
