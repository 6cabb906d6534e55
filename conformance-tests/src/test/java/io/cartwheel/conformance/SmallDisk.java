package io.cartwheel.conformance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A file system of a given size in memory, at the place of a node's data. Linux, as root. */
final class SmallDisk implements AutoCloseable {
  private final TestNode node;

  private SmallDisk(TestNode node) {
    this.node = node;
  }

  /** Null where this user or system cannot mount one; before the node's first start. */
  static SmallDisk mount(TestNode node, String size) {
    Path directory = node.dataDirectory();
    try {
      Files.createDirectories(directory);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    String options = "mode=0700,size=" + size;
    return run("mount", "-t", "tmpfs", "-o", options, "cartwheel-test", directory.toString())
        ? new SmallDisk(node)
        : null;
  }

  /** There is room again; what is on the disk stays. */
  void resize(String size) {
    if (!run("mount", "-o", "remount,size=" + size, node.dataDirectory().toString())) {
      throw new IllegalStateException("cannot remount " + node.dataDirectory());
    }
  }

  /** Ends the node, and all that was on the disk. */
  @Override
  public void close() {
    node.end();
    run("umount", node.dataDirectory().toString());
  }

  private static boolean run(String... words) {
    try {
      Process process =
          new ProcessBuilder(words)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      return process.waitFor() == 0;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
