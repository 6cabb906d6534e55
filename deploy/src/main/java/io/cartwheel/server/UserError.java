package io.cartwheel.server;

/** Something that the user can mend; shown as one line, without a stack trace. */
final class UserError extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Wrong usage or settings. */
  static final int USAGE = 2;

  /** The environment lacks something. */
  static final int ENVIRONMENT = 3;

  /** Anything else. */
  static final int OTHER = 1;

  private final int exitCode;

  UserError(int exitCode, String message) {
    super(message, null, false, false);
    this.exitCode = exitCode;
  }

  static UserError usage(String message) {
    return new UserError(USAGE, message);
  }

  int exitCode() {
    return exitCode;
  }
}
