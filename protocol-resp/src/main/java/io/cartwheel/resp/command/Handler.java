package io.cartwheel.resp.command;

/** Carries out one command. */
@FunctionalInterface
public interface Handler {
  /**
   * Called on the session's loop with an arity that fits; must not block. Ends in exactly one
   * {@link Call#reply}, now or later.
   */
  void execute(Call call);
}
