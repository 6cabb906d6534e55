package io.cartwheel.cluster.node;

import io.cartwheel.cluster.coordinate.Coordinator;
import io.cartwheel.cluster.coordinate.Failure;
import io.cartwheel.cluster.ring.Keyspace;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;

/**
 * The gate before a node's coordinator: closed while there is no table, and again once the node
 * stops; counts what is inside, so that stopping can wait for it. Safe for use by all threads.
 */
final class ServingCoordinator implements Coordinator {
  private final Coordinator behind;
  private final RingView ring;
  private final LongAdder begun = new LongAdder();
  private final LongAdder ended = new LongAdder();
  private volatile boolean stopping;

  ServingCoordinator(Coordinator behind, RingView ring) {
    this.behind = behind;
    this.ring = ring;
  }

  /** Lets nothing in from now on. */
  void close() {
    stopping = true;
  }

  /** Whether everything that came in has been answered. */
  boolean isIdle() {
    // In this order: what begins in between makes it look busier, never idler.
    long answered = ended.sum();
    return begun.sum() == answered;
  }

  /** Why nothing is let in, or null; what is let in has been counted. */
  private Failure enter() {
    begun.increment();
    if (stopping) {
      ended.increment();
      return new Failure.NotReady("this node is stopping");
    }
    if (ring.table() == null) {
      ended.increment();
      String reason = ring.notReadyReason();
      return new Failure.NotReady(reason != null ? reason : "the first table is being made");
    }
    return null;
  }

  private <T> Consumer<T> leaving(Consumer<T> done) {
    return result -> {
      ended.increment();
      done.accept(result);
    };
  }

  @Override
  public void get(GetRequest request, Consumer<GetResult> done) {
    Failure closed = enter();
    if (closed != null) {
      done.accept(new GetResult(null, closed));
    } else {
      behind.get(request, leaving(done));
    }
  }

  @Override
  public void write(WriteRequest request, Consumer<WriteResult> done) {
    Failure closed = enter();
    if (closed != null) {
      done.accept(new WriteResult(null, closed));
    } else {
      behind.write(request, leaving(done));
    }
  }

  @Override
  public void scan(ScanRequest request, Consumer<ScanResult> done) {
    Failure closed = enter();
    if (closed != null) {
      done.accept(new ScanResult(List.of(), 0, closed));
    } else {
      behind.scan(request, leaving(done));
    }
  }

  @Override
  public void count(Consumer<CountResult> done) {
    Failure closed = enter();
    if (closed != null) {
      done.accept(new CountResult(0, closed));
    } else {
      behind.count(leaving(done));
    }
  }

  @Override
  public void randomKey(Consumer<RandomKeyResult> done) {
    Failure closed = enter();
    if (closed != null) {
      done.accept(new RandomKeyResult(null, closed));
    } else {
      behind.randomKey(leaving(done));
    }
  }

  @Override
  public Keyspace keyspaceOf(byte[] key) {
    return behind.keyspaceOf(key);
  }

  @Override
  public int copiesOf(byte[] key) {
    return behind.copiesOf(key);
  }

  @Override
  public long nowMillis() {
    return behind.nowMillis();
  }
}
