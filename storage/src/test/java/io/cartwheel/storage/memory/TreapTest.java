package io.cartwheel.storage.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TreapTest {

  @Test
  void sortedInsertionStaysShallow() {
    Treap treap = Treap.EMPTY;
    int entries = 100_000;
    for (int i = 0; i < entries; i++) {
      treap = treap.put(ByteBuffer.allocate(8).putLong(i).array(), new byte[0]);
    }
    int deepest = deepestOf(treap);
    assertTrue(deepest < 60, "depth " + deepest + " of " + entries + " entries");
  }

  @Test
  void theSizeOfARangeIsTheSumOfItsEntries() {
    long seed = Long.getLong("seed", new Random().nextLong());
    Random random = new Random(seed);
    Treap treap = Treap.EMPTY;
    for (int i = 0; i < 2_000; i++) {
      byte[] key = {(byte) random.nextInt(64), (byte) random.nextInt(4)};
      treap = random.nextInt(3) == 0 ? treap.remove(key) : treap.put(key, new byte[i % 50]);
      byte[] from = {(byte) random.nextInt(32)};
      byte[] to = {(byte) (32 + random.nextInt(32))};
      long sum = 0;
      Treap.Walk walk = treap.walk(from, to);
      for (Treap.Node node = walk.next(); node != null; node = walk.next()) {
        sum += node.key.length + node.value.length + 80;
      }
      assertEquals(sum, treap.sizeBytes(from, to), "repeat with -Dseed=" + seed);
    }
  }

  @Test
  void removingWhatIsNotThereIsTheSameMap() {
    Treap treap = Treap.EMPTY.put(new byte[] {1}, new byte[0]);
    assertSame(treap, treap.remove(new byte[] {2}));
  }

  private static int deepestOf(Treap treap) {
    return depth(treap.root());
  }

  private static int depth(Treap.Node node) {
    return node == null ? 0 : 1 + Math.max(depth(node.left), depth(node.right));
  }
}
