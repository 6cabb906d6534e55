package io.cartwheel.cluster.transport;

import com.codahale.metrics.MetricRegistry;
import io.cartwheel.cluster.environment.Clock;
import io.cartwheel.cluster.ring.Member;
import io.cartwheel.cluster.version.HybridClock;
import java.util.SplittableRandom;
import java.util.function.Function;

/** The network of production: TCP on the event loops of the process. */
public final class NettyNetwork implements Network {

  /**
   * What the transport stands on.
   *
   * @param facts what peers must agree on
   * @param settings limits, and where to listen
   * @param random for the jitter of back-off, and to tell this run of the process from others
   */
  record Environment(
      NettyLoops loops,
      ClusterFacts facts,
      TransportSettings settings,
      Clock clock,
      SplittableRandom random,
      MetricRegistry metrics) {}

  private final Environment environment;

  /**
   * @param facts what peers must agree on
   * @param settings limits, and where to listen
   * @param random for the jitter of back-off, and to tell this run of the process from others: must
   *     differ from run to run
   */
  public NettyNetwork(
      NettyLoops loops,
      ClusterFacts facts,
      TransportSettings settings,
      SplittableRandom random,
      MetricRegistry metrics) {
    this.environment = new Environment(loops, facts, settings, new SystemClock(), random, metrics);
  }

  NettyNetwork(Environment environment) {
    this.environment = environment;
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalStateException where it cannot listen; the message names address and reason
   */
  @Override
  public Links open(
      Member self,
      HybridClock clock,
      Transport.Listener listener,
      Function<Member, String> refuse) {
    NettyTransport transport = new NettyTransport(environment, self, clock, listener, refuse);
    transport.listen();
    return transport;
  }
}
