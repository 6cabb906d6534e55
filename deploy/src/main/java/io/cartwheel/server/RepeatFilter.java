package io.cartwheel.server;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import ch.qos.logback.core.spi.AppenderAttachable;
import ch.qos.logback.core.spi.AppenderAttachableImpl;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Passes a message on, and holds back its repeats for ten seconds; the next one after that says how
 * many were held back. Wraps another appender, as configured in {@code logback.xml}.
 */
public final class RepeatFilter extends UnsynchronizedAppenderBase<ILoggingEvent>
    implements AppenderAttachable<ILoggingEvent> {
  static final long WINDOW_MILLIS = 10_000;

  /** Messages remembered; past it the oldest is forgotten, and its repeats are shown again. */
  private static final int MAX_REMEMBERED = 1_000;

  private final AppenderAttachableImpl<ILoggingEvent> next = new AppenderAttachableImpl<>();
  private final Map<String, Seen> seen =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Seen> eldest) {
          return size() > MAX_REMEMBERED;
        }
      };

  private static final class Seen {
    final long sinceMillis;
    int heldBack;

    Seen(long sinceMillis) {
      this.sinceMillis = sinceMillis;
    }
  }

  @Override
  protected void append(ILoggingEvent event) {
    int heldBack;
    synchronized (seen) {
      String text = event.getLevel() + event.getLoggerName() + event.getFormattedMessage();
      Seen before = seen.get(text);
      if (before != null && event.getTimeStamp() - before.sinceMillis < WINDOW_MILLIS) {
        before.heldBack++;
        return;
      }
      heldBack = before == null ? 0 : before.heldBack;
      seen.remove(text);
      seen.put(text, new Seen(event.getTimeStamp()));
    }
    next.appendLoopOnAppenders(heldBack == 0 ? event : new RepeatedEvent(event, heldBack));
  }

  @Override
  public void addAppender(ch.qos.logback.core.Appender<ILoggingEvent> appender) {
    next.addAppender(appender);
  }

  @Override
  public Iterator<ch.qos.logback.core.Appender<ILoggingEvent>> iteratorForAppenders() {
    return next.iteratorForAppenders();
  }

  @Override
  public ch.qos.logback.core.Appender<ILoggingEvent> getAppender(String name) {
    return next.getAppender(name);
  }

  @Override
  public boolean isAttached(ch.qos.logback.core.Appender<ILoggingEvent> appender) {
    return next.isAttached(appender);
  }

  @Override
  public void detachAndStopAllAppenders() {
    next.detachAndStopAllAppenders();
  }

  @Override
  public boolean detachAppender(ch.qos.logback.core.Appender<ILoggingEvent> appender) {
    return next.detachAppender(appender);
  }

  @Override
  public boolean detachAppender(String name) {
    return next.detachAppender(name);
  }
}
