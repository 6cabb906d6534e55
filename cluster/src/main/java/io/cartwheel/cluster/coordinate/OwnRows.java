package io.cartwheel.cluster.coordinate;

import io.cartwheel.cluster.ring.Key;
import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.cluster.version.Row;
import io.cartwheel.cluster.version.StoredRow;
import io.cartwheel.storage.Durability;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/** The rows of this shard on this node, as its coordinator uses them. On the shard's loop only. */
public interface OwnRows {
  /**
   * Calls {@code reader} with the row as of now, {@link StoredRow#ABSENT} where there is none; at
   * once when warm and committed.
   */
  void read(Key key, Consumer<StoredRow> reader);

  /**
   * Whether the engine has taken no writes for a while: what is written all the same waits, and its
   * coordinator should refuse.
   */
  boolean isStalled();

  /**
   * In one step: reads the rows, lets {@code step} compute what they become, and stages what
   * changed for this turn's commit. The step runs at once when all are warm, else when they have
   * been read; nothing comes between.
   *
   * @param step from the rows in the order of {@code keys} to the rows to be; the same object means
   *     no change
   * @param stored called in the phase RELEASE once the rows are as durable as asked, also where
   *     nothing changed
   */
  void update(
      List<Key> keys, UnaryOperator<List<StoredRow>> step, Durability durability, Runnable stored);

  /**
   * Keeps a key's row for an owner that has not got it, and hands it on when that can be reached:
   * noted with what this turn stages. Where there is no room for it, it is left to repair.
   */
  void keepFor(NodeName owner, Key key, Row row);

  /** Whether this node may take in rows that others own, to hand them on. */
  boolean hasRoomForOthers();
}
