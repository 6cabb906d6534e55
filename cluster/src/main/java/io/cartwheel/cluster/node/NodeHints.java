package io.cartwheel.cluster.node;

import io.cartwheel.cluster.handoff.Handoff;
import io.cartwheel.cluster.ring.NodeName;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/** {@link HintsView} over handoff. */
record NodeHints(Handoff handoff) implements HintsView {
  @Override
  public void held(Consumer<SortedMap<NodeName, Held>> done) {
    handoff.held(
        all -> {
          SortedMap<NodeName, Held> held = new TreeMap<>();
          all.forEach(
              (name, its) ->
                  held.put(name, new Held(its.count(), its.bytes(), its.oldestMillis())));
          done.accept(held);
        });
  }

  @Override
  public boolean isPaused() {
    return handoff.isPaused();
  }

  @Override
  public void pause() {
    handoff.pause();
  }

  @Override
  public void resume() {
    handoff.resume();
  }

  @Override
  public void drop(NodeName target, LongConsumer done) {
    handoff.drop(target, done);
  }
}
