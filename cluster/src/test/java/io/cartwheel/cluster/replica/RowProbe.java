package io.cartwheel.cluster.replica;

import io.cartwheel.cluster.ring.Key;
import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.cluster.version.StoredRow;
import io.cartwheel.storage.Table;

/** Reads what a replica has put on its disk. */
public final class RowProbe {
  /** Where the rows are. */
  public static final Table ROWS = NodeStore.ROWS;

  /** Where it says which of them are kept for whom. */
  public static final Table HINTS = NodeStore.HINTS;

  private RowProbe() {}

  /** Where the row of a client's key is stored. */
  public static byte[] rowKey(Key key) {
    return RowKey.of(key);
  }

  /** A stored hint in words. */
  public static String hint(byte[] stored) {
    return HintKey.key(stored) + " for " + HintKey.target(stored);
  }

  /** The client's key of a stored hint. */
  public static byte[] hintKey(byte[] stored) {
    return HintKey.key(stored).bytes();
  }

  /** For whom a stored hint is. */
  public static NodeName hintTarget(byte[] stored) {
    return HintKey.target(stored);
  }

  /** When a stored hint was made, by the cluster's clock. */
  public static long hintMadeMillis(byte[] value) {
    return HintKey.hint(value).createdMillis();
  }

  /** The client's key of a stored row. */
  public static byte[] key(byte[] rowKey) {
    return RowKey.key(rowKey);
  }

  /** The row, absent where {@code stored} is null. */
  public static StoredRow row(byte[] stored) {
    return Disk.decode(stored);
  }
}
