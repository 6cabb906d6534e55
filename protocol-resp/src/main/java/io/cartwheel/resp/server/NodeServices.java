package io.cartwheel.resp.server;

import com.codahale.metrics.MetricRegistry;
import io.cartwheel.cluster.coordinate.Coordinator;
import io.cartwheel.cluster.environment.Clock;
import io.cartwheel.cluster.node.RingView;
import io.cartwheel.resp.command.CommandTable;
import io.cartwheel.resp.command.FrontMetrics;
import io.cartwheel.resp.command.ServerConfig;
import io.cartwheel.resp.command.ServerFacts;
import io.cartwheel.resp.command.Services;

/** The parts of a running node, for its commands. */
record NodeServices(
    Coordinator coordinator,
    RingView ring,
    Clients clients,
    ServerConfig config,
    MetricRegistry metrics,
    FrontMetrics frontMetrics,
    CommandTable commands,
    ServerFacts facts,
    Clock clock)
    implements Services {}
