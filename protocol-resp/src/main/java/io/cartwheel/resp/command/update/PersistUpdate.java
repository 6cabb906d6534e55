package io.cartwheel.resp.command.update;

import io.cartwheel.cluster.version.Sibling;
import io.cartwheel.resp.protocol.Reply;

/** PERSIST: takes the expiry away; 1 where there was one, else 0. */
public record PersistUpdate() implements KeyUpdate {

  @Override
  public Outcome decide(Sibling current, long nowMillis) {
    return current == null || current.expiryMillis() == Sibling.NO_EXPIRY
        ? Outcome.reply(Reply.ZERO)
        : new Outcome(
            new Change.Put(current.value(), current.type(), Sibling.NO_EXPIRY), Reply.ONE);
  }

  @Override
  public byte[] encode() {
    return Updates.begin(Opcode.PERSIST, 0).toBytes();
  }

  static PersistUpdate read(FieldReader in) {
    return new PersistUpdate();
  }
}
