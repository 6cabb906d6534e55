package io.cartwheel.resp.fake;

import io.cartwheel.cluster.node.HintsView;
import io.cartwheel.cluster.ring.NodeName;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/** What a node keeps for others, as the test sets it. */
public final class FixedHints implements HintsView {
  public final SortedMap<NodeName, Held> held = new TreeMap<>();
  private boolean paused;

  @Override
  public void held(Consumer<SortedMap<NodeName, Held>> done) {
    done.accept(held);
  }

  @Override
  public boolean isPaused() {
    return paused;
  }

  @Override
  public void pause() {
    paused = true;
  }

  @Override
  public void resume() {
    paused = false;
  }

  @Override
  public void drop(NodeName target, LongConsumer done) {
    Held dropped = held.remove(target);
    done.accept(dropped == null ? 0 : dropped.count());
  }
}
