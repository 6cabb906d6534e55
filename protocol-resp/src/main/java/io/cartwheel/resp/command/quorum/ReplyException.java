package io.cartwheel.resp.command.quorum;

import io.cartwheel.resp.command.Call;
import io.cartwheel.resp.command.Handler;
import io.cartwheel.resp.protocol.Reply;

/** A command's words are wrong; carries what the client is told. Cheap: it has no stack trace. */
public final class ReplyException extends Exception {
  private static final long serialVersionUID = 1;

  private final transient Reply reply;

  public ReplyException(Reply reply) {
    super(null, null, false, false);
    this.reply = reply;
  }

  public Reply reply() {
    return reply;
  }

  /** A handler that may refuse the words of its command. */
  @FunctionalInterface
  public interface Strict {
    void execute(Call call) throws ReplyException;
  }

  /** The handler that answers the refusals of another. */
  public static Handler handler(Strict strict) {
    return call -> {
      try {
        strict.execute(call);
      } catch (ReplyException e) {
        call.reply(e.reply());
      }
    };
  }
}
