package io.cartwheel.resp.fake;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.cartwheel.cluster.coordinate.Coordinator;
import io.cartwheel.cluster.coordinate.Failure;
import io.cartwheel.cluster.ring.Keyspace;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/** A coordinator that fails requests of some keys, for ever or for some times. */
public final class PartlyFailing implements Coordinator {
  private record Fault(Failure failure, int times) {}

  private final Coordinator healthy;
  private final Map<String, Fault> faults = new TreeMap<>();

  public PartlyFailing(Coordinator healthy) {
    this.healthy = healthy;
  }

  public synchronized void fail(String key, Failure failure, int times) {
    faults.put(key, new Fault(failure, times));
  }

  private synchronized Failure next(byte[] key) {
    String name = new String(key, ISO_8859_1);
    Fault fault = faults.get(name);
    if (fault == null || fault.times == 0) {
      return null;
    }
    faults.put(name, new Fault(fault.failure, fault.times - 1));
    return fault.failure;
  }

  @Override
  public void get(GetRequest request, Consumer<GetResult> done) {
    Failure failure = next(request.key());
    if (failure == null) {
      healthy.get(request, done);
    } else {
      done.accept(new GetResult(null, failure));
    }
  }

  @Override
  public void write(WriteRequest request, Consumer<WriteResult> done) {
    Failure failure = next(request.keys().get(0));
    if (failure == null) {
      healthy.write(request, done);
    } else {
      done.accept(new WriteResult(null, failure));
    }
  }

  @Override
  public void scan(ScanRequest request, Consumer<ScanResult> done) {
    healthy.scan(request, done);
  }

  @Override
  public void count(Consumer<CountResult> done) {
    healthy.count(done);
  }

  @Override
  public void randomKey(Consumer<RandomKeyResult> done) {
    healthy.randomKey(done);
  }

  @Override
  public Keyspace keyspaceOf(byte[] key) {
    return healthy.keyspaceOf(key);
  }

  @Override
  public int copiesOf(byte[] key) {
    return healthy.copiesOf(key);
  }

  @Override
  public long nowMillis() {
    return healthy.nowMillis();
  }
}
