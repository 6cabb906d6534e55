package io.cartwheel.cluster.node;

import io.cartwheel.cluster.coordinate.Currency;

/**
 * Currency without exchanges: no replica can know that it has missed nothing, so every coordinator
 * asks first.
 */
final class NeverCurrent implements Currency {
  @Override
  public boolean isCurrent(int partition) {
    return false;
  }

  @Override
  public void end(int partition) {
    // It never began.
  }
}
