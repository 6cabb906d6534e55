package io.cartwheel.cluster.membership;

/**
 * What the node is told contradicts what its data directory remembers; the message says in one line
 * what, and what to do.
 */
public final class StartRefusedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public StartRefusedException(String message) {
    super(message);
  }
}
