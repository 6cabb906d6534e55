package io.cartwheel.cluster.ring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class PartitionTableTest {
  private static final NodeName A = new NodeName("a");
  private static final NodeName B = new NodeName("b");

  @Test
  void merge_takesTheHigherEpochEntryByEntry() {
    PartitionTable mine = table(entry(3, A), entry(1, A));
    PartitionTable theirs = table(entry(2, B), entry(2, B));
    assertEquals(table(entry(3, A), entry(2, B)), mine.merge(theirs));
  }

  @Test
  void merge_ofNothingNew_isTheVeryTable() {
    PartitionTable table = table(entry(3, A), entry(3, A));
    assertSame(table, table.merge(table(entry(2, B), entry(3, A))));
    assertSame(table, table.merge(1, entry(3, A)));
  }

  @Test
  void merge_isIdempotentCommutativeAssociativeOverTheWholeEntry() {
    SplittableRandom random = new SplittableRandom(3);
    for (int run = 0; run < 2_000; run++) {
      PartitionTable a = any(random);
      PartitionTable b = any(random);
      PartitionTable c = any(random);
      assertEquals(a, a.merge(a));
      assertEquals(a.merge(b), b.merge(a));
      assertEquals(a.merge(b).merge(c), a.merge(b.merge(c)));
    }
  }

  @Test
  void entriesThatCannotBe_areRefused() {
    List<NodeName> none = List.of();
    List<NodeName> twice = List.of(A, A);
    List<NodeName> one = List.of(A);
    assertThrows(IllegalArgumentException.class, () -> new PartitionTable.Entry(1, A, none, one));
    assertThrows(IllegalArgumentException.class, () -> new PartitionTable.Entry(1, A, one, twice));
    assertThrows(IllegalArgumentException.class, () -> new PartitionTable.Entry(0, A, one, one));
    assertThrows(IllegalArgumentException.class, () -> new PartitionTable(List.of()));
    assertThrows(
        IllegalArgumentException.class,
        () -> new PartitionTable(List.of(entry(1, A), entry(1, A), entry(1, A))));
    assertThrows(
        IllegalArgumentException.class,
        () -> table(entry(1, A), entry(1, A)).merge(table(entry(1, A))));
  }

  private static PartitionTable any(SplittableRandom random) {
    List<PartitionTable.Entry> entries = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      List<NodeName> owners = random.nextBoolean() ? List.of(A) : List.of(A, B);
      List<NodeName> target = random.nextBoolean() ? List.of(B) : List.of(B, A);
      entries.add(
          new PartitionTable.Entry(
              1 + random.nextInt(2), random.nextBoolean() ? A : B, owners, target));
    }
    return new PartitionTable(entries);
  }

  private static PartitionTable table(PartitionTable.Entry... entries) {
    return new PartitionTable(List.of(entries));
  }

  private static PartitionTable.Entry entry(long epoch, NodeName owner) {
    return new PartitionTable.Entry(epoch, owner, List.of(owner), List.of(owner));
  }
}
