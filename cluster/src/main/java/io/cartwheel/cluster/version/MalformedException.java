package io.cartwheel.cluster.version;

/**
 * Bytes from a peer or a disk are not what they should be: cut short, damaged, hostile, or of a
 * format that this version does not know. The only exception that decoders throw over their input,
 * whatever it holds. What it means is for the caller: a connection to be closed, a directory to be
 * refused.
 */
public final class MalformedException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /**
   * @param message what was expected and what was found, in one line
   */
  public MalformedException(String message) {
    super(message);
  }
}
