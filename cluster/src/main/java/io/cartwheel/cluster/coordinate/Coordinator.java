package io.cartwheel.cluster.coordinate;

import io.cartwheel.cluster.message.Message.Write;
import io.cartwheel.cluster.ring.Keyspace;
import io.cartwheel.cluster.version.Reading;
import io.cartwheel.cluster.version.VersionVector;
import java.util.List;
import java.util.function.Consumer;

/**
 * The face that this node's cluster shows to a front end: any node serves any key. Methods may be
 * called from any thread; each calls {@code done} exactly once, within the request timeout, on some
 * loop of this node, perhaps before it returns.
 */
public interface Coordinator {

  /** Reads one key from its replicas. */
  void get(GetRequest request, Consumer<GetResult> done);

  /** Writes one key, or several of one slot that are decided together. */
  void write(WriteRequest request, Consumer<WriteResult> done);

  /** One page of live keys in order of position. */
  void scan(ScanRequest request, Consumer<ScanResult> done);

  /** How many keys live, as counted by the first reachable owner of each partition. */
  void count(Consumer<CountResult> done);

  /** Some live key. */
  void randomKey(Consumer<RandomKeyResult> done);

  /** How the key's keyspace is kept. */
  Keyspace keyspaceOf(byte[] key);

  /** Effective N of the key: copies that it really has. 0 while there is no partition table. */
  int copiesOf(byte[] key);

  /** The time in ms since 1970 by which this cluster judges expiry. */
  long nowMillis();

  /**
   * @param r replicas to ask, 0 for the keyspace's; the caller has checked 1..N
   */
  record GetRequest(byte[] key, int r) {}

  /**
   * @param reading what the replicas hold, null on failure
   * @param failure why not, else null
   */
  record GetResult(Reading reading, Failure failure) {}

  /**
   * @param keys none twice
   * @param update in the encoding that this node's {@link Update.Decoder} reads; its times are
   *     absolute
   * @param past for {@link Write.Kind#CONTEXT}, else empty
   * @param w acknowledgements to wait for, 0 for the keyspace's; the caller has checked 1..N
   */
  record WriteRequest(
      List<byte[]> keys, Write.Kind kind, byte[] update, VersionVector past, int w) {}

  /**
   * @param reply what {@link Update#decide} answered, null on failure
   */
  record WriteResult(byte[] reply, Failure failure) {}

  /**
   * @param from first position, unsigned
   * @param to end (exclusive), 0 for the end of the ring
   * @param limit about how many keys; a page holds all keys of its last {@code granularityBits}
   *     prefix
   * @param granularityBits a page never ends inside a run of positions that share so many top bits
   * @param misses whether keys may be missing that a read of their own could miss too, because R +
   *     W is not more than N; else as many owners are asked as have met every acknowledged write
   */
  record ScanRequest(long from, long to, int limit, int granularityBits, boolean misses) {
    /** A page as its readers' R has it. */
    public ScanRequest(long from, long to, int limit, int granularityBits) {
      this(from, to, limit, granularityBits, true);
    }
  }

  /**
   * @param keys live ones
   * @param next where the next page starts, 0 when there is none
   */
  record ScanResult(List<byte[]> keys, long next, Failure failure) {}

  record CountResult(long live, Failure failure) {}

  /**
   * @param key null where nothing lives
   */
  record RandomKeyResult(byte[] key, Failure failure) {}
}
