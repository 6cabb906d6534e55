package io.cartwheel.cluster.transport;

import com.codahale.metrics.Counter;
import com.codahale.metrics.MetricRegistry;

/** What the transport counts. Safe for use by all threads. */
final class TransportMetrics {
  private final Counter bytesSent;
  private final Counter bytesReceived;
  private final Counter messagesSent;
  private final Counter messagesReceived;
  private final Counter queueRefusals;
  private final Counter roomRefusals;
  private final Counter connects;
  private final Counter refusedPeers;

  TransportMetrics(MetricRegistry registry) {
    bytesSent = registry.counter("transport.bytes.sent");
    bytesReceived = registry.counter("transport.bytes.received");
    messagesSent = registry.counter("transport.messages.sent");
    messagesReceived = registry.counter("transport.messages.received");
    queueRefusals = registry.counter("transport.queue.refusals");
    roomRefusals = registry.counter("transport.room.refusals");
    connects = registry.counter("transport.connects");
    refusedPeers = registry.counter("transport.refused");
  }

  void sent(long bytes) {
    bytesSent.inc(bytes);
  }

  void received(long bytes) {
    bytesReceived.inc(bytes);
  }

  void messageSent() {
    messagesSent.inc();
  }

  void messageReceived() {
    messagesReceived.inc();
  }

  void queueRefused() {
    queueRefusals.inc();
  }

  void refusedForRoom() {
    roomRefusals.inc();
  }

  void connected() {
    connects.inc();
  }

  void peerRefused() {
    refusedPeers.inc();
  }
}
