package io.cartwheel.cluster.replica;

import io.cartwheel.cluster.ring.Key;
import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.storage.StorageException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * How a hint is stored: under the length of its target's name (1 byte), the name, and the key of
 * the row ({@link RowKey}), the time at which it was made (8 bytes) and about what it takes (4).
 */
final class HintKey {
  private HintKey() {}

  static byte[] of(NodeName target, Key key) {
    byte[] name = target.value().getBytes(StandardCharsets.US_ASCII);
    byte[] row = RowKey.of(key);
    return ByteBuffer.allocate(1 + name.length + row.length)
        .put((byte) name.length)
        .put(name)
        .put(row)
        .array();
  }

  static NodeName target(byte[] stored) {
    int length = stored.length == 0 ? 0 : stored[0] & 0xff;
    if (length == 0 || length >= stored.length) {
      throw new StorageException("the data directory is damaged: a hint without a target");
    }
    return new NodeName(new String(stored, 1, length, StandardCharsets.US_ASCII));
  }

  static Key key(byte[] stored) {
    int length = stored[0] & 0xff;
    return new Key(RowKey.key(Arrays.copyOfRange(stored, 1 + length, stored.length)));
  }

  static byte[] value(Hints.Hint hint) {
    return ByteBuffer.allocate(Long.BYTES + Integer.BYTES)
        .putLong(hint.createdMillis())
        .putInt(hint.bytes())
        .array();
  }

  static Hints.Hint hint(byte[] stored) {
    if (stored.length != Long.BYTES + Integer.BYTES) {
      throw new StorageException("the data directory is damaged: a hint of another length");
    }
    ByteBuffer in = ByteBuffer.wrap(stored);
    return new Hints.Hint(in.getLong(), in.getInt());
  }
}
