package io.cartwheel.resp.command.update;

import io.cartwheel.cluster.version.Sibling;
import io.cartwheel.resp.protocol.Reply;

/** GETDEL: answers the value and deletes it. */
public record GetDeleteUpdate() implements KeyUpdate {

  @Override
  public Outcome decide(Sibling current, long nowMillis) {
    if (current == null) {
      return Outcome.reply(Reply.NULL);
    }
    Reply wrongType = KeyUpdate.wrongType(current);
    return wrongType != null
        ? Outcome.reply(wrongType)
        : new Outcome(Change.DELETE, new Reply.Bulk(current.value()));
  }

  @Override
  public byte[] encode() {
    return Updates.begin(Opcode.GET_DELETE, 0).toBytes();
  }

  static GetDeleteUpdate read(FieldReader in) {
    return new GetDeleteUpdate();
  }
}
