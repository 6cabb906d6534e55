package io.cartwheel.conformance.powerloss;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The bytes of a file, in blocks that are never changed but replaced: so a copy shares them and
 * costs little. A block that was never written is null and reads as zeros.
 */
final class Content {
  private static final int BLOCK_BYTES = 4096;

  private final List<byte[]> blocks;
  private long sizeBytes;

  Content() {
    this.blocks = new ArrayList<>();
  }

  private Content(Content other) {
    this.blocks = new ArrayList<>(other.blocks);
    this.sizeBytes = other.sizeBytes;
  }

  Content copy() {
    return new Content(this);
  }

  long sizeBytes() {
    return sizeBytes;
  }

  /** Fewer bytes than asked for at the end. */
  byte[] read(long offset, int length) {
    int available = (int) Math.max(0, Math.min(length, sizeBytes - offset));
    byte[] read = new byte[available];
    for (int done = 0; done < available; ) {
      long at = offset + done;
      int within = (int) (at % BLOCK_BYTES);
      int count = Math.min(available - done, BLOCK_BYTES - within);
      byte[] block = block(at);
      if (block != null) {
        System.arraycopy(block, within, read, done, count);
      }
      done += count;
    }
    return read;
  }

  /** Writes the first so many of the bytes; extends the file where it ends before. */
  void write(long offset, byte[] bytes, int length) {
    for (int done = 0; done < length; ) {
      long at = offset + done;
      int within = (int) (at % BLOCK_BYTES);
      int count = Math.min(length - done, BLOCK_BYTES - within);
      byte[] before = block(at);
      byte[] after = before == null ? new byte[BLOCK_BYTES] : before.clone();
      System.arraycopy(bytes, done, after, within, count);
      put(at, after);
      done += count;
    }
    sizeBytes = Math.max(sizeBytes, offset + length);
  }

  /** Cuts the file, or extends it with zeros. */
  void resize(long newSizeBytes) {
    if (newSizeBytes < sizeBytes) {
      int kept = (int) ((newSizeBytes + BLOCK_BYTES - 1) / BLOCK_BYTES);
      while (blocks.size() > kept) {
        blocks.remove(blocks.size() - 1);
      }
      zero(newSizeBytes, kept * (long) BLOCK_BYTES - newSizeBytes);
    }
    sizeBytes = newSizeBytes;
  }

  /** Makes a hole; the size stays. */
  void zero(long offset, long length) {
    long end = Math.min(offset + length, blocks.size() * (long) BLOCK_BYTES);
    for (long at = offset; at < end; ) {
      int within = (int) (at % BLOCK_BYTES);
      int count = (int) Math.min(end - at, BLOCK_BYTES - within);
      byte[] before = block(at);
      if (before != null) {
        byte[] after = null;
        if (count < BLOCK_BYTES) {
          after = before.clone();
          Arrays.fill(after, within, within + count, (byte) 0);
        }
        put(at, after);
      }
      at += count;
    }
  }

  private byte[] block(long at) {
    int index = (int) (at / BLOCK_BYTES);
    return index < blocks.size() ? blocks.get(index) : null;
  }

  private void put(long at, byte[] block) {
    int index = (int) (at / BLOCK_BYTES);
    while (blocks.size() <= index) {
      blocks.add(null);
    }
    blocks.set(index, block);
  }
}
