package io.cartwheel.conformance;

import io.cartwheel.conformance.DelayLine.Delay;
import io.cartwheel.conformance.LinkProxy.Flow;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/** One direction of a connection: a thread takes bytes in, another lets them out in time. */
final class Pump {
  /** What becomes of a connection; called by the threads of its pumps. */
  interface Ends {
    /** All has gone through that there was, the end of the stream too. */
    void onEnd();

    /** A socket does not work any more. */
    void onBroken();
  }

  private static final int BUFFER_BYTES = 64 * 1024;

  private final Socket from;
  private final Socket to;
  private final Ends ends;
  private final DelayLine line;
  private Flow flow;
  private boolean isBroken;
  private boolean hasLost;

  Pump(Socket from, Socket to, Flow flow, Delay delay, Ends ends) {
    this.from = from;
    this.to = to;
    this.flow = flow;
    this.ends = ends;
    line = new DelayLine(delay);
  }

  void start(String name) {
    LinkProxy.start(name + ", taking in", () -> untilBroken(this::takeIn));
    LinkProxy.start(name + ", letting out", () -> untilBroken(this::letOut));
  }

  synchronized void change(Flow changed) {
    flow = changed;
    notifyAll();
  }

  /** Holds for what is under way, too. */
  synchronized void change(Delay changed) {
    line.change(changed);
    notifyAll();
  }

  synchronized int heldBytes() {
    return line.heldBytes();
  }

  synchronized boolean hasLost() {
    return hasLost;
  }

  /** Ends both threads, once their sockets are closed. */
  synchronized void breakOff() {
    isBroken = true;
    notifyAll();
  }

  private interface Work {
    void run() throws IOException, InterruptedException;
  }

  private void untilBroken(Work work) {
    try {
      work.run();
    } catch (IOException | InterruptedException e) {
      // Nobody interrupts these threads.
      ends.onBroken();
    }
  }

  private void takeIn() throws IOException, InterruptedException {
    InputStream stream = from.getInputStream();
    byte[] buffer = new byte[BUFFER_BYTES];
    int count;
    do {
      count = stream.read(buffer);
      add(Arrays.copyOf(buffer, Math.max(0, count)));
    } while (count >= 0);
  }

  private synchronized void add(byte[] bytes) throws IOException, InterruptedException {
    while (!line.hasRoom()) {
      checkUnbroken();
      wait();
    }
    line.add(bytes, System.nanoTime());
    notifyAll();
  }

  private void letOut() throws IOException, InterruptedException {
    OutputStream stream = to.getOutputStream();
    byte[] bytes = awaitBytes();
    while (bytes.length > 0) {
      stream.write(bytes);
      bytes = awaitBytes();
    }
    // The end of a stream is as late, or lost, as its bytes.
    to.shutdownOutput();
    ends.onEnd();
  }

  /** The next bytes that are due and not lost. */
  private synchronized byte[] awaitBytes() throws IOException, InterruptedException {
    while (true) {
      long waitNanos = line.isEmpty() ? 0 : line.waitNanos(System.nanoTime());
      if (line.isEmpty() || flow == Flow.HELD) {
        checkUnbroken();
        wait();
      } else if (waitNanos > 0) {
        checkUnbroken();
        wait(1 + TimeUnit.NANOSECONDS.toMillis(waitNanos));
      } else {
        byte[] bytes = line.take();
        notifyAll();
        if (flow == Flow.PASSES) {
          return bytes;
        }
        hasLost = true;
      }
    }
  }

  private void checkUnbroken() throws IOException {
    if (isBroken) {
      throw new IOException("broken off");
    }
  }
}
