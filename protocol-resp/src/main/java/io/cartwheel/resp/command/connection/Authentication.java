package io.cartwheel.resp.command.connection;

import io.cartwheel.resp.command.Call;
import io.cartwheel.resp.command.ServerConfig;
import io.cartwheel.resp.command.Words;
import io.cartwheel.resp.protocol.Reply;

/** AUTH: there is one user, {@code default}, with one password or none. */
final class Authentication {
  private static final Reply WRONG_PASS =
      new Reply.Error("WRONGPASS invalid username-password pair or user is disabled.");

  private Authentication() {}

  static void execute(Call call) {
    if (call.argc() > 3) {
      call.reply(Reply.err("syntax error"));
      return;
    }
    if (call.argc() == 2 && !call.services().config().passwordRequired()) {
      call.reply(
          Reply.err(
              "AUTH <password> called without any password configured for the default user. Are you"
                  + " sure your configuration is correct?"));
      return;
    }
    Reply wrong =
        call.argc() == 2 ? check(call, null, call.arg(1)) : check(call, call.arg(1), call.arg(2));
    call.reply(wrong == null ? Reply.OK : wrong);
  }

  /**
   * Authenticates the connection.
   *
   * @param user null for the default user
   * @return null, or what is wrong
   */
  static Reply check(Call call, byte[] user, byte[] password) {
    ServerConfig config = call.services().config();
    boolean known = user == null || Words.text(user).equals("default");
    // The password is compared in any case: how long it takes does not tell whether a user exists.
    boolean matches = config.passwordMatches(password) || !config.passwordRequired();
    if (!known || !matches) {
      return WRONG_PASS;
    }
    call.client().authenticated(true);
    return null;
  }
}
