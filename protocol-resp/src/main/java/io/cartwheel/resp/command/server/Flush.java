package io.cartwheel.resp.command.server;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import io.cartwheel.cluster.coordinate.Coordinator;
import io.cartwheel.cluster.coordinate.Coordinator.ScanRequest;
import io.cartwheel.cluster.coordinate.Coordinator.WriteRequest;
import io.cartwheel.cluster.coordinate.Failure;
import io.cartwheel.cluster.message.Message.Write.Kind;
import io.cartwheel.cluster.ring.Position;
import io.cartwheel.cluster.version.VersionVector;
import io.cartwheel.resp.command.quorum.Fanout;
import io.cartwheel.resp.command.quorum.Repetition;
import io.cartwheel.resp.command.quorum.Walk;
import io.cartwheel.resp.command.update.DeleteUpdate;
import io.cartwheel.resp.protocol.Reply;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * Deletes every key: partition by partition, page by page, a tombstone for each live key seen. A
 * deletion of whole ranges would be shorter and wrong: a replica that was away would bring them
 * back. Every page and every deletion has the time of one request, the whole has as long as it
 * takes. A page is read from so many owners that no acknowledged write is overlooked.
 */
final class Flush {
  private static final int PARTITIONS_AT_ONCE = 4;
  private static final int DELETIONS_AT_ONCE = 16;
  private static final int PAGE_KEYS = 200;

  /** With so many partitions failed it is the cluster that fails: no use to try the others. */
  private static final int HOPELESS = 16;

  private static final int BUSY_RETRIES = 100;
  private static final long BUSY_DELAY_MILLIS = 20;

  private final Coordinator coordinator;
  private final int partitions;
  private final AtomicInteger flushed = new AtomicInteger();
  private final AtomicInteger failed = new AtomicInteger();

  private Flush(Coordinator coordinator, int partitions) {
    this.coordinator = coordinator;
    this.partitions = partitions;
  }

  /** Ends with OK, or with an error that says how many partitions are left. */
  static void run(Coordinator coordinator, int partitions, Consumer<Reply> done) {
    Flush flush = new Flush(coordinator, partitions);
    Fanout.run(partitions, PARTITIONS_AT_ONCE, flush::partition, () -> done.accept(flush.reply()));
  }

  private Reply reply() {
    int left = partitions - flushed.get();
    return left == 0
        ? Reply.OK
        : new Reply.Error(
            "NOQUORUM "
                + left
                + " of "
                + partitions
                + " partitions are left to flush; repeat the command when more nodes are"
                + " reachable");
  }

  private void partition(int partition, Runnable end) {
    if (failed.get() >= HOPELESS) {
      end.run();
      return;
    }
    long[] from = {Position.firstOf(partition, partitions)};
    long to = partition + 1 == partitions ? 0 : Position.firstOf(partition + 1, partitions);
    Retries retries = new Retries();
    Repetition.run(
        again ->
            coordinator.scan(
                new ScanRequest(from[0], to, PAGE_KEYS, Walk.CURSOR_BITS, false),
                page -> {
                  if (page.failure() != null) {
                    retries.after(page.failure(), again, () -> onFailed(end));
                    return;
                  }
                  delete(
                      page.keys(),
                      all -> {
                        if (!all) {
                          onFailed(end);
                        } else if (Walk.isLast(page.next(), to)) {
                          flushed.incrementAndGet();
                          end.run();
                        } else {
                          from[0] = page.next();
                          again.run();
                        }
                      });
                }));
  }

  private void onFailed(Runnable end) {
    failed.incrementAndGet();
    end.run();
  }

  private void delete(List<byte[]> keys, Consumer<Boolean> done) {
    AtomicBoolean all = new AtomicBoolean(true);
    Fanout.run(
        keys.size(),
        DELETIONS_AT_ONCE,
        (index, end) -> delete(keys.get(index), all, end),
        () -> done.accept(all.get()));
  }

  private void delete(byte[] key, AtomicBoolean all, Runnable end) {
    WriteRequest request =
        new WriteRequest(
            List.of(key), Kind.PLAIN, DeleteUpdate.ALL.encode(), VersionVector.EMPTY, 0);
    Retries retries = new Retries();
    Repetition.run(
        again -> {
          if (!all.get()) {
            end.run();
            return;
          }
          coordinator.write(
              request,
              result -> {
                if (result.failure() == null) {
                  end.run();
                } else {
                  retries.after(
                      result.failure(),
                      again,
                      () -> {
                        all.set(false);
                        end.run();
                      });
                }
              });
        });
  }

  /** A busy node is asked again a little later; other failures have had their time. */
  private static final class Retries {
    private static final Executor LATER =
        CompletableFuture.delayedExecutor(BUSY_DELAY_MILLIS, MILLISECONDS);

    private int left = BUSY_RETRIES;

    void after(Failure failure, Runnable again, Runnable giveUp) {
      if (failure instanceof Failure.Busy && left > 0) {
        left--;
        LATER.execute(again);
      } else {
        giveUp.run();
      }
    }
  }
}
