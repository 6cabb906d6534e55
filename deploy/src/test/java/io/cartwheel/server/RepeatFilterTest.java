package io.cartwheel.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class RepeatFilterTest {
  private final LoggerContext context = new LoggerContext();
  private final ListAppender<ILoggingEvent> shown = new ListAppender<>();
  private final RepeatFilter filter = new RepeatFilter();

  @Test
  void repeats_collapseToOneInTenSecondsWithACount() {
    shown.start();
    filter.addAppender(shown);
    filter.start();
    for (int second = 0; second < 25; second++) {
      log(second, "peer refused");
    }
    log(25, "something else");
    assertEquals(
        List.of(
            "peer refused",
            "peer refused (and 9 times more in between)",
            "peer refused (and 9 times more in between)",
            "something else"),
        shown.list.stream().map(ILoggingEvent::getFormattedMessage).toList());
  }

  private void log(long second, String message) {
    LoggingEvent event =
        new LoggingEvent("", context.getLogger("peers"), Level.WARN, message, null, null);
    event.setInstant(Instant.ofEpochSecond(second));
    filter.doAppend(event);
  }
}
