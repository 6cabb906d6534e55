package io.cartwheel.server;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;

/** A log event that also says how many like it were held back. */
final class RepeatedEvent extends LoggingEvent {
  RepeatedEvent(ILoggingEvent event, int heldBack) {
    setLevel(event.getLevel());
    setLoggerName(event.getLoggerName());
    setThreadName(event.getThreadName());
    setInstant(event.getInstant());
    setMessage(event.getFormattedMessage() + " (and " + heldBack + " times more in between)");
  }
}
