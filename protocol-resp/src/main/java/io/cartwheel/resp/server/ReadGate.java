package io.cartwheel.resp.server;

/**
 * Decides whether a connection's next command is read. It is not while too many are pending, or
 * their words take too much memory, or too much of their replies waits for the client; and fewer
 * are taken at once where replies have been large, so that the replies fit into memory. A socket
 * that was paused is read again when half of each limit is free, so that it does not go to and fro.
 * Immutable.
 */
record ReadGate(ServerLimits limits) {
  /**
   * What a connection keeps busy now.
   *
   * @param commands that have no reply on its way
   * @param commandBytes of their words
   * @param outputBytes of replies that the client has not taken
   * @param recentReplyBytes about how large its latest replies were
   */
  record Load(int commands, long commandBytes, long outputBytes, long recentReplyBytes) {}

  /** Whether one more command may be taken. */
  boolean admits(Load load) {
    return load.commands < commandLimit(load)
        && load.commandBytes <= limits.pendingBytes()
        && load.outputBytes <= limits.pauseOutputBytes();
  }

  /** Whether a socket that is not read may be read again. */
  boolean resumes(Load load) {
    return admits(load)
        && load.commands <= commandLimit(load) / 2
        && load.outputBytes <= limits.pauseOutputBytes() / 2;
  }

  /** Whether the client has left so much lie that it is disconnected. */
  boolean overflows(Load load) {
    return load.outputBytes > limits.closeOutputBytes();
  }

  private int commandLimit(Load load) {
    long fitting = limits.pendingBytes() / Math.max(1, load.recentReplyBytes);
    return (int) Math.max(1, Math.min(limits.pendingCommands(), fitting));
  }
}
