package io.cartwheel.cluster.version;

import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.SplittableRandom;

/** Hostile bytes for decoders. */
final class Fuzz {
  private static final com.sun.management.ThreadMXBean THREADS =
      (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();

  private Fuzz() {}

  /** Bytes that were good before something befell them. */
  static byte[] mutated(byte[] good, SplittableRandom random) {
    byte[] bad = good.clone();
    switch (random.nextInt(4)) {
      case 0 -> bad = Arrays.copyOf(bad, random.nextInt(bad.length + 1));
      case 1 -> {
        bad = Arrays.copyOf(bad, bad.length + 1 + random.nextInt(9));
        bad[bad.length - 1] = (byte) random.nextInt();
      }
      case 2 -> Arrays.fill(bad, random.nextInt(bad.length), bad.length, (byte) 0xff);
      default -> {
        for (int i = 0; i <= random.nextInt(4); i++) {
          bad[random.nextInt(bad.length)] = (byte) random.nextInt();
        }
      }
    }
    return bad;
  }

  static byte[] random(SplittableRandom random) {
    byte[] bytes = new byte[random.nextInt(80)];
    random.nextBytes(bytes);
    return bytes;
  }

  /** Bytes that this thread has allocated so far. */
  static long allocatedBytes() {
    return THREADS.getCurrentThreadAllocatedBytes();
  }
}
