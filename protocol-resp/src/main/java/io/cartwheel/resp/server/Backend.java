package io.cartwheel.resp.server;

import com.codahale.metrics.MetricRegistry;
import com.codahale.metrics.Reservoir;
import io.cartwheel.cluster.coordinate.Coordinator;
import io.cartwheel.cluster.environment.Clock;
import io.cartwheel.cluster.node.RingView;
import io.cartwheel.resp.command.ServerConfig;
import io.cartwheel.resp.command.ServerFacts;
import java.util.function.Supplier;

/**
 * What a server stands on. Each part is safe for use by all threads.
 *
 * @param coordinator reads and writes keys
 * @param ring who owns what
 * @param config the settings that concern clients
 * @param facts what INFO says of the process
 * @param metrics where the server counts
 * @param reservoirs makes one for each command's latency
 * @param clock of the machine
 */
public record Backend(
    Coordinator coordinator,
    RingView ring,
    ServerConfig config,
    ServerFacts facts,
    MetricRegistry metrics,
    Supplier<Reservoir> reservoirs,
    Clock clock) {}
