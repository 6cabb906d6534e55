package io.cartwheel.cluster.coordinate;

import io.cartwheel.cluster.coordinate.Coordinator.GetRequest;
import io.cartwheel.cluster.coordinate.Coordinator.GetResult;
import io.cartwheel.cluster.message.Message;
import io.cartwheel.cluster.ring.Key;
import io.cartwheel.cluster.ring.Keyspace;
import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.cluster.ring.PartitionTable;
import io.cartwheel.cluster.version.Reading;
import io.cartwheel.cluster.version.Row;
import io.cartwheel.storage.Durability;
import java.util.List;
import java.util.function.Consumer;

/** One read: gathers R rows, answers with what they say together, and repairs who was stale. */
final class GetOperation {
  private final CoordinatorShard shard;
  private final Key key;
  private final int r;
  private final Keyspace keyspace;
  private final Consumer<GetResult> done;
  private final long begunMachineNanos;
  private final long deadlineNanos;

  /** Before anything of the row was read. */
  private final long readTime;

  private Owners owners;
  private int needed;

  GetOperation(CoordinatorShard shard, Key key, GetRequest request, Consumer<GetResult> done) {
    this.shard = shard;
    this.key = key;
    this.r = request.r();
    this.keyspace = shard.keyspaces().of(request.key());
    this.done = done;
    this.begunMachineNanos = shard.machineNanos();
    this.readTime = shard.ports().hybrid().now();
    this.deadlineNanos = shard.nanos() + shard.requestTimeoutNanos();
  }

  void start() {
    PartitionTable table = shard.ports().tables().current();
    owners = Owners.withFallbacks(shard.ports().tables(), table.partitionOf(key), keyspace.n());
    int copies = owners.names().size();
    needed = Math.min(r == 0 ? keyspace.r() : r, copies);
    new Gather(
            shard,
            key,
            owners,
            new Gather.Plan(needed, true, true, deadlineNanos),
            this::onGathered)
        .step();
  }

  private void onGathered(Gather gather, Gather.End end) {
    switch (end) {
      case MOVED -> start();
      case TOO_FEW -> {
        shard.metrics().noQuorums.inc();
        int answered = Math.min(gather.answered(), needed - 1);
        long waitedMillis = shard.waitedMillis(begunMachineNanos);
        finish(new GetResult(null, new Failure.NoQuorum(answered, needed, waitedMillis, false)));
      }
      case ENOUGH -> {
        boolean newest = keyspace.conflicts() == Keyspace.Conflicts.NEWEST;
        long nowMillis = shard.ports().hybrid().nowMillis();
        Reading reading = Reading.of(gather.merged(), newest, nowMillis);
        shard.metrics().siblingsPerRead.update(reading.live().size());
        finish(new GetResult(reading, null));
        repair(gather.quorum(), nowMillis);
      }
    }
  }

  private void finish(GetResult result) {
    shard.metrics().getMicros.update((shard.machineNanos() - begunMachineNanos) / 1_000);
    done.accept(result);
  }

  private void repair(ReadQuorum quorum, long nowMillis) {
    long youngestMillis = nowMillis - shard.settings().requestTimeoutMillis();
    List<NodeName> stale = quorum.stale(nowMillis, youngestMillis);
    if (stale.isEmpty()) {
      return;
    }
    Row row = quorum.storable(nowMillis, shard.settings().clockToleranceMillis());
    if (row == null) {
      return;
    }
    for (NodeName replica : stale) {
      shard.metrics().readRepairs.inc();
      if (replica.equals(shard.self())) {
        mergeIntoOwn(row);
      } else {
        shard
            .ports()
            .peers()
            .send(
                replica,
                new Message.Merge(
                    shard.calls().nextId(),
                    owners.partition(),
                    owners.epoch(),
                    key.bytes(),
                    row,
                    readTime,
                    false,
                    null,
                    false));
      }
    }
  }

  private void mergeIntoOwn(Row row) {
    shard
        .ports()
        .rows()
        .update(
            List.of(key),
            rows -> shard.isFresh(readTime) ? List.of(rows.get(0).merge(row)) : rows,
            Durability.BUFFERED,
            () -> {});
  }
}
