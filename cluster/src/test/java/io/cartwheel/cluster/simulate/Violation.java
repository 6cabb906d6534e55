package io.cartwheel.cluster.simulate;

/** A promise was broken; the message says which, and by what. */
final class Violation extends RuntimeException {
  private static final long serialVersionUID = 1L;

  Violation(String message) {
    super(message);
  }
}
