package io.cartwheel.server;

import com.codahale.metrics.Histogram;
import com.codahale.metrics.MetricRegistry;
import com.codahale.metrics.Reservoir;
import com.codahale.metrics.Snapshot;
import com.codahale.metrics.Timer;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.stream.LongStream;
import org.HdrHistogram.HistogramIterationValue;
import org.HdrHistogram.Recorder;

/**
 * A registry whose histograms keep every value since the start, to two digits, instead of a sample.
 */
final class HdrMetricRegistry extends MetricRegistry {
  @Override
  public Histogram histogram(String name) {
    return histogram(name, () -> new Histogram(new HdrReservoir()));
  }

  @Override
  public Timer timer(String name) {
    return timer(name, () -> new Timer(new HdrReservoir()));
  }

  /** Recording takes no lock; a snapshot sums up. */
  static final class HdrReservoir implements Reservoir {
    private static final int DIGITS = 2;

    private final Recorder recorder = new Recorder(DIGITS);
    private final org.HdrHistogram.Histogram sum = new org.HdrHistogram.Histogram(DIGITS);

    @Override
    public int size() {
      return (int) Math.min(Integer.MAX_VALUE, total().getTotalCount());
    }

    @Override
    public void update(long value) {
      recorder.recordValue(Math.max(0, value));
    }

    @Override
    public Snapshot getSnapshot() {
      return new HdrSnapshot(total());
    }

    private synchronized org.HdrHistogram.Histogram total() {
      sum.add(recorder.getIntervalHistogram());
      return sum.copy();
    }
  }

  private static final class HdrSnapshot extends Snapshot {
    private final org.HdrHistogram.Histogram histogram;

    HdrSnapshot(org.HdrHistogram.Histogram histogram) {
      this.histogram = histogram;
    }

    @Override
    public double getValue(double quantile) {
      return histogram.getValueAtPercentile(quantile * 100);
    }

    /** The distinct values that were recorded; how often each was is in the quantiles. */
    @Override
    public long[] getValues() {
      LongStream.Builder values = LongStream.builder();
      for (HistogramIterationValue value : histogram.recordedValues()) {
        values.add(value.getValueIteratedTo());
      }
      return values.build().toArray();
    }

    @Override
    public int size() {
      return (int) Math.min(Integer.MAX_VALUE, histogram.getTotalCount());
    }

    @Override
    public long getMax() {
      return histogram.getTotalCount() == 0 ? 0 : histogram.getMaxValue();
    }

    @Override
    public double getMean() {
      return histogram.getTotalCount() == 0 ? 0 : histogram.getMean();
    }

    @Override
    public long getMin() {
      return histogram.getTotalCount() == 0 ? 0 : histogram.getMinValue();
    }

    @Override
    public double getStdDev() {
      return histogram.getTotalCount() == 0 ? 0 : histogram.getStdDeviation();
    }

    @Override
    public void dump(OutputStream output) {
      PrintWriter out = new PrintWriter(output, true, StandardCharsets.UTF_8);
      for (long value : getValues()) {
        out.println(value);
      }
    }
  }
}
