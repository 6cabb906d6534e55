package io.cartwheel.conformance;

import java.nio.file.Path;

/**
 * The classes of a node as the JVM can map them into memory, instead of reading and checking them
 * at each start, which is half of what a start costs. A node makes it as it ends: the first that is
 * started in a run of the tests, for nothing else. Where there is none, nodes start all the same.
 */
final class ClassArchive {
  private static final Path FILE = Path.of("target", "node.jsa");

  private enum State {
    /** Nobody has started a node. */
    ABSENT,
    /** A node runs that will write it. */
    BEING_MADE,
    /** Nodes use it. */
    THERE
  }

  private static State state = State.ABSENT;

  private ClassArchive() {}

  /** The option of the JVM for the next node to be started; makes the archive before. */
  static synchronized String option() {
    if (state == State.ABSENT) {
      state = State.BEING_MADE;
      make();
      state = State.THERE;
    }
    return (state == State.BEING_MADE ? "-XX:ArchiveClassesAtExit=" : "-XX:SharedArchiveFile=")
        + FILE;
  }

  private static void make() {
    try (TestCluster one = TestCluster.start(1)) {
      one.node(0).stop();
    }
  }
}
