package io.cartwheel.resp.command.quorum;

import io.cartwheel.cluster.version.BadTokenException;
import io.cartwheel.cluster.version.Token;
import io.cartwheel.cluster.version.VersionVector;
import io.cartwheel.resp.protocol.Reply;

/** The tokens of CONTEXT. */
public final class Tokens {
  private Tokens() {}

  /**
   * What the reader saw who was given the token.
   *
   * @throws ReplyException where it is no token of this key
   */
  public static VersionVector read(byte[] key, byte[] token) throws ReplyException {
    try {
      return Token.decode(key, token);
    } catch (BadTokenException e) {
      throw new ReplyException(
          new Reply.Error("BADCONTEXT " + e.getMessage() + "; GET the key with CONTEXT for one"));
    }
  }
}
