package io.cartwheel.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import com.codahale.metrics.Histogram;
import com.codahale.metrics.Snapshot;
import org.junit.jupiter.api.Test;

class HdrMetricRegistryTest {
  @Test
  void histogram_keepsEveryValueOverSeveralSnapshots() {
    HdrMetricRegistry registry = new HdrMetricRegistry();
    Histogram histogram = registry.histogram("latency");
    assertSame(histogram, registry.histogram("latency"));
    for (int i = 1; i <= 500; i++) {
      histogram.update(i);
    }
    assertEquals(500, histogram.getSnapshot().size());
    for (int i = 501; i <= 1000; i++) {
      histogram.update(i);
    }
    Snapshot snapshot = histogram.getSnapshot();
    assertEquals(1000, snapshot.size());
    assertEquals(500, snapshot.getMedian(), 5);
    assertEquals(990, snapshot.get99thPercentile(), 10);
    assertEquals(1000, (double) snapshot.getMax(), 10);
    assertEquals(1, snapshot.getMin());
  }

  @Test
  void emptyHistogram_showsZeroes() {
    Snapshot snapshot = new HdrMetricRegistry().histogram("none").getSnapshot();
    assertEquals(0, snapshot.getMax());
    assertEquals(0, snapshot.getMin());
    assertEquals(0, snapshot.getMean());
    assertEquals(0, snapshot.get99thPercentile());
  }
}
