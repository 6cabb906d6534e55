package io.cartwheel.cluster.replica;

import io.cartwheel.cluster.ring.Position;
import io.cartwheel.cluster.version.RowCodec;
import io.cartwheel.storage.Durability;
import io.cartwheel.storage.StorageEngine;
import io.cartwheel.storage.StorageException;
import io.cartwheel.storage.Table;
import io.cartwheel.storage.WriteBatch;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * A data directory: who it is, what its rows mean, and what the node must remember beside them. Its
 * calls may wait for the disk. Safe for use by all threads.
 */
public final class NodeStore {
  static final Table ROWS = new Table("rows");
  static final Table META = new Table("meta");

  /** Which rows are kept for which other nodes. */
  static final Table HINTS = new Table("hints");

  /** With these the engine is opened. */
  public static final List<Table> TABLES = List.of(META, ROWS, HINTS);

  private static final String IDENTITY_PREFIX = "directory/";
  private static final String DATA_ID = IDENTITY_PREFIX + "id";

  private final StorageEngine engine;
  private final long dataId;

  private NodeStore(StorageEngine engine, long dataId) {
    this.engine = engine;
    this.dataId = dataId;
  }

  /**
   * Takes an engine for this node: a fresh one is marked as ours, an old one must have been written
   * by the same rules. What an earlier process left in the system's buffers is on the disk when
   * this returns.
   *
   * @param engine with the tables {@link #TABLES}
   * @param randomId where the id of a fresh directory is drawn from
   * @throws StorageException where the directory is of another format, number of partitions or
   *     position hash; it says both values
   */
  public static NodeStore open(StorageEngine engine, int partitions, LongSupplier randomId) {
    NodeStore unchecked = new NodeStore(engine, 0);
    unchecked.check("stored-format", RowCodec.STORED_FORMAT, "this version writes format");
    unchecked.check("position-hash", Position.HASH_VERSION, "this version places keys by hash");
    unchecked.check("partitions", partitions, "cluster.partitions is");
    byte[] known = unchecked.get(DATA_ID);
    long dataId = known == null ? randomId.getAsLong() : number(DATA_ID, known);
    if (known == null) {
      try (WriteBatch batch = engine.newBatch()) {
        put(batch, IDENTITY_PREFIX + "stored-format", bytes(RowCodec.STORED_FORMAT));
        put(batch, IDENTITY_PREFIX + "position-hash", bytes(Position.HASH_VERSION));
        put(batch, IDENTITY_PREFIX + "partitions", bytes(partitions));
        put(batch, DATA_ID, bytes(dataId));
        engine.write(batch, Durability.SYNCED);
      }
    } else {
      engine.sync();
    }
    return new NodeStore(engine, dataId);
  }

  /** The random id of this directory; a node that comes back with another has lost its disk. */
  public long dataId() {
    return dataId;
  }

  /** What was put under this name, or null. */
  public byte[] get(String name) {
    return engine.get(META, name.getBytes(StandardCharsets.UTF_8));
  }

  /** Remembers a value under a name, on the disk when this returns. */
  public void put(String name, byte[] value) {
    if (name.startsWith(IDENTITY_PREFIX)) {
      throw new IllegalArgumentException(name + " is fixed when the directory is made");
    }
    try (WriteBatch batch = engine.newBatch()) {
      put(batch, name, value);
      engine.write(batch, Durability.SYNCED);
    }
  }

  private void check(String name, long ours, String oursIs) {
    byte[] stored = get(IDENTITY_PREFIX + name);
    if (stored != null && number(name, stored) != ours) {
      throw new StorageException(
          String.format(
              "the data directory was written with %s %d, but %s %d: start with the old one, or"
                  + " with an empty directory",
              name, number(name, stored), oursIs, ours));
    }
  }

  private static void put(WriteBatch batch, String name, byte[] value) {
    batch.put(META, name.getBytes(StandardCharsets.UTF_8), value);
  }

  private static byte[] bytes(long value) {
    return ByteBuffer.allocate(Long.BYTES).putLong(value).array();
  }

  private static long number(String name, byte[] stored) {
    if (stored.length != Long.BYTES) {
      throw new StorageException("the data directory is damaged: " + name + " is not a number");
    }
    return ByteBuffer.wrap(stored).getLong();
  }
}
