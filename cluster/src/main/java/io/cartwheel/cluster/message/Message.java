package io.cartwheel.cluster.message;

import io.cartwheel.cluster.ring.Member;
import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.cluster.ring.PartitionTable;
import io.cartwheel.cluster.version.RequestId;
import io.cartwheel.cluster.version.Row;
import io.cartwheel.cluster.version.VersionVector;
import java.util.List;

/**
 * What nodes say to each other. Every message may be lost, doubled, late or overtaken. Requests
 * carry an id that the sender chose, replies bear the same one; the id's low {@link #SHARD_BITS}
 * bits name the shard of the sender, which is where the reply goes.
 */
public sealed interface Message {
  int SHARD_BITS = 10;

  /** A message that one partition's shard handles. */
  sealed interface Request extends Message {
    long id();

    int partition();

    /** The epoch of the partition's entry at the sender. */
    long epoch();
  }

  /** A message that concerns the node as a whole; membership handles it, on the control loop. */
  sealed interface Control extends Message {}

  /** A message that the shard handles which sent the request of this id. */
  sealed interface Reply extends Message {
    long id();
  }

  /** Asks for the row of a key, without the values' bytes if {@code versionsOnly}. */
  record ReadRow(long id, int partition, long epoch, byte[] key, boolean versionsOnly)
      implements Request {}

  /** The row as the sender holds it, empty where it has none. */
  record RowRead(long id, boolean current, Row row) implements Reply {}

  /**
   * Asks to merge a row into the receiver's.
   *
   * @param readTime hybrid time at which the sender read or made the row
   * @param passesOver whether the attempt that made the row has passed over owners before the
   *     sender: these may have missed it, and the receiver tells those that it can reach
   * @param hintFor the owner for which the receiver is to keep the row until that has it; null for
   *     none
   * @param toDisk whether the answer is to say that the row is on the disk, whatever its keyspace
   *     asks for
   */
  record Merge(
      long id,
      int partition,
      long epoch,
      byte[] key,
      Row row,
      long readTime,
      boolean passesOver,
      NodeName hintFor,
      boolean toDisk)
      implements Request {}

  /**
   * Tells an owner that a write has been coordinated by an owner after it, or by a fallback: its
   * replica may have missed it, whatever its connection to that coordinator does. Nothing is
   * answered.
   */
  record PassedOver(long id, int partition, long epoch) implements Request {}

  /**
   * The merge is stored.
   *
   * @param owner whether the sender owns the partition
   * @param held the sender's row where it held live siblings that the merge did not cover, without
   *     its values where they are many bytes; else empty
   */
  record Merged(long id, boolean current, boolean owner, Row held) implements Reply {}

  /**
   * Hands a client's write to the coordinator.
   *
   * @param relayed whether a node that found an earlier owner reachable passed it on; it is not
   *     passed on again
   */
  record Forward(long id, int partition, long epoch, Write write, boolean relayed)
      implements Request {}

  /**
   * One attempt of a client's write.
   *
   * @param keys all of one slot; more than one where they are decided together
   * @param kind how the past is found
   * @param update what is written, in the front end's encoding
   * @param past for {@link Kind#CONTEXT} what the writer saw, else empty
   * @param w acknowledgements asked for, 0 for the keyspace's
   * @param request the client's request, the same in every attempt
   * @param firstSent hybrid time at which the first attempt left
   * @param deadline hybrid time after which a coordinator refuses this attempt
   * @param retry whether an attempt went before: the receiver does not forward
   */
  record Write(
      List<byte[]> keys,
      Kind kind,
      byte[] update,
      VersionVector past,
      int w,
      RequestId request,
      long firstSent,
      long deadline,
      boolean retry) {

    /** How the past of a write is found. */
    public enum Kind {
      /** It overwrites what its coordinator knows. */
      PLAIN,
      /** It is computed from what its coordinator knows. */
      READ_MODIFY_WRITE,
      /** Its past is the writer's token, exactly. */
      CONTEXT
    }
  }

  /**
   * How an attempt ended.
   *
   * @param reply empty but for {@link Outcome#DONE}
   */
  record Forwarded(long id, Outcome outcome, byte[] reply, int answered, int needed, long clock)
      implements Reply {

    /** How an attempt ended. */
    public enum Outcome {
      /** Stored by enough; {@code reply} is the front end's. */
      DONE,
      /** Too few stored it in time; it may still take effect. */
      NO_QUORUM,
      /** Not executed: it came after its deadline; {@code clock} is the receiver's. */
      LATE,
      /** Not executed: the receiver has too much to do. */
      BUSY,
      /** Not executed: the receiver does not serve the partition now. */
      NOT_SERVING,
      /** Not executed: {@code answered} live siblings are there, the limit. */
      TOO_MANY_SIBLINGS,
      /** Not executed: the receiver's storage engine takes no writes now. */
      STALLED,
      /** Not executed: its reply rests on what replicas hold, and only {@code answered} told. */
      UNREAD
    }
  }

  /**
   * Asks for the versions of the rows from one position (inclusive) up to another (exclusive, 0 for
   * the end). The page may end earlier, but only at the end of a run ({@link
   * io.cartwheel.cluster.ring.Position#RUN_BITS}).
   */
  record Scan(long id, int partition, long epoch, long from, long to, int limit)
      implements Request {}

  /**
   * A page of rows in order of position.
   *
   * @param complete whether there are no more rows before the end that was asked for; else all rows
   *     before the position of the last one are here, and all at that position
   */
  record Scanned(long id, boolean current, List<KeyedRow> rows, boolean complete)
      implements Reply {}

  /** A key with its versions. */
  record KeyedRow(byte[] key, Row row) {}

  /** Asks how many live rows the receiver counts in these partitions. */
  record Count(long id, List<Integer> partitions) implements Message {}

  /** The number; -1 while the receiver has not finished counting. */
  record Counted(long id, long live) implements Reply {}

  /** Asks for a key that lives at the receiver. */
  record RandomKey(long id) implements Message {}

  /** A live key, or null where none was found. */
  record RandomKeyFound(long id, byte[] key) implements Reply {}

  /** The request was not executed: the receiver knows a later entry of the partition. */
  record StaleEpoch(long id, int partition, PartitionTable.Entry entry) implements Reply {}

  /**
   * The request was not executed: the receiver knows only an earlier entry, or has no table; it has
   * asked for more.
   */
  record NotServing(long id, int partition) implements Reply {}

  /** The request was not executed: the receiver's queues are full, or it came far too late. */
  record Overloaded(long id) implements Reply {}

  /** Asks for the partition table. */
  record AskTable() implements Control {}

  /** All members known to the sender and its table, null where it has none. */
  record TellTable(List<Member> members, PartitionTable table) implements Control {}

  /**
   * The sender is alive. Its clock travels with every frame. Sets of partitions are bitmaps, the
   * lowest bit of the first byte for partition 0, without zero bytes at the end.
   *
   * @param losses how often this process of the sender has found the receiver unreachable
   * @param hintsForYou the partitions of which it holds hints for the receiver
   * @param handingOn the partitions of which it holds a hint for anybody, or rows that others own
   */
  record Heartbeat(NodeName from, long losses, byte[] hintsForYou, byte[] handingOn)
      implements Control {}

  /**
   * Asks in which of these partitions the receiver's hash tree has another root.
   *
   * @param roots one for each partition, in their order
   */
  record CompareRoots(long id, List<Integer> partitions, List<Long> roots) implements Message {}

  /**
   * Where the roots differ.
   *
   * @param unready partitions whose trees the sender cannot compare now
   */
  record RootsCompared(long id, List<Integer> differing, List<Integer> unready) implements Reply {}

  /** Asks for the leaves of a partition's tree below those children of the root that differ. */
  record CompareChildren(long id, int partition, long epoch, List<Long> hashes)
      implements Request {}

  /**
   * The leaves below the children that differ.
   *
   * @param children that differ, by their places
   * @param leaves all leaves of the first of these children, then of the next
   */
  record ChildrenCompared(long id, List<Integer> children, List<Long> leaves) implements Reply {}

  /**
   * Tells all rows that the sender holds from one position (inclusive) up to another (exclusive, 0
   * for the end), by their versions.
   *
   * @param full whether the sender has lost its disk, and asks for rows in which nothing lives too
   */
  record CompareRows(
      long id, int partition, long epoch, long from, long to, List<KeyedRow> rows, boolean full)
      implements Request {}

  /**
   * What the sender knows better, and what it lacks.
   *
   * @param readTime hybrid time at which the sender began to read its rows
   * @param until the position up to which it has compared, as the end that was told, or before
   * @param rows whole rows that bring something to the asker
   * @param large further such rows, which the asker is to read one by one
   * @param wanted keys of rows of the asker that bring something to the sender
   */
  record RowsCompared(
      long id,
      long readTime,
      long until,
      List<KeyedRow> rows,
      List<LargeRow> large,
      List<byte[]> wanted)
      implements Reply {}

  /** The key of a row too large to be told beside others, and about its size. */
  record LargeRow(byte[] key, long bytes) {}

  /**
   * Asks to merge these rows, in which nothing lives, into the receiver's, and which of them are
   * then all that it holds.
   */
  record ConfirmDead(long id, int partition, long epoch, List<KeyedRow> rows) implements Request {}

  /** The keys of the rows which the sender has on its disk as it was told them, and not more. */
  record DeadConfirmed(long id, List<byte[]> keys) implements Reply {}

  /**
   * Tells that all owners have had these rows, and nothing that they hide, for long enough: the
   * receiver forgets those that have not changed. Nothing is answered.
   */
  record ForgetDead(long id, int partition, long epoch, List<KeyedRow> rows) implements Request {}
}
