package io.cartwheel.conformance;

import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Gives tests the one cluster that they share, as a parameter. It starts with the first test that
 * asks and ends after the last. Who uses it kills none of its nodes, flushes nothing, and uses keys
 * of its own.
 */
final class SharedCluster implements ParameterResolver {
  private static final ExtensionContext.Namespace NAMESPACE =
      ExtensionContext.Namespace.create(SharedCluster.class);

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == TestCluster.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return context
        .getRoot()
        .getStore(NAMESPACE)
        .getOrComputeIfAbsent(TestCluster.class, type -> start(), TestCluster.class);
  }

  private static TestCluster start() {
    return TestCluster.start(
        3,
        // A busy machine makes them slow, not wrong.
        "cartwheel.request-timeout=20s",
        "cartwheel.reap.floor=120s",
        "cartwheel.replica-timeout=4s",
        "cartwheel.attempt-timeout=8s",
        "cartwheel.heartbeat.timeout=10s",
        "cartwheel.keyspaces.\"newest:\".conflicts=newest",
        "cartwheel.keyspaces.\"one:\".n=1",
        "cartwheel.keyspaces.\"one:\".r=1",
        "cartwheel.keyspaces.\"one:\".w=1",
        "cartwheel.keyspaces.\"short:\".default-ttl=1s",
        "cartwheel.keyspaces.\"hour:\".default-ttl=1h",
        "cartwheel.keyspaces.\"all:\".w=3");
  }
}
