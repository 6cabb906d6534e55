package io.cartwheel.resp.command.update;

import io.cartwheel.cluster.coordinate.Update;
import io.cartwheel.resp.protocol.Reply;
import java.util.Collections;

/**
 * Reads updates: a version, an {@link Opcode}, the fields of its record. A version or an opcode
 * that this build does not know, sent by a newer node, becomes an update that changes nothing and
 * answers an error. Safe for use by all threads.
 */
public final class Updates implements Update.Decoder {
  private static final int VERSION = 1;

  @Override
  public Update decode(byte[] update) {
    FieldReader in = new FieldReader(update);
    int version = in.u8();
    if (version != VERSION) {
      return refusal("updates of version " + version);
    }
    int code = in.u8();
    Opcode opcode = Opcode.of(code);
    if (opcode == null) {
      return refusal("update " + code);
    }
    EncodableUpdate decoded = read(opcode, in);
    in.end();
    return decoded;
  }

  private static EncodableUpdate read(Opcode opcode, FieldReader in) {
    return switch (opcode) {
      case SET -> SetUpdate.read(in);
      case DELETE -> DeleteUpdate.read(in);
      case GET_DELETE -> GetDeleteUpdate.read(in);
      case GET_EXPIRE -> GetExpireUpdate.read(in);
      case APPEND -> AppendUpdate.read(in);
      case SET_RANGE -> SetRangeUpdate.read(in);
      case INCREMENT -> IncrementUpdate.read(in);
      case INCREMENT_FLOAT -> IncrementFloatUpdate.read(in);
      case EXPIRE -> ExpireUpdate.read(in);
      case PERSIST -> PersistUpdate.read(in);
      case SET_ALL_IF_NONE -> SetAllIfNoneUpdate.read(in);
    };
  }

  /** Begins the bytes of an update. */
  static FieldWriter begin(Opcode opcode, int fieldsSizeBytes) {
    return new FieldWriter(2 + fieldsSizeBytes).u8(VERSION).u8(opcode.code);
  }

  private static Update refusal(String what) {
    byte[] reply =
        ReplyBytes.encode(
            Reply.err("the coordinator of this key does not know " + what + "; upgrade its node"));
    return (current, nowMillis) ->
        new Update.Decision(Collections.nCopies(current.size(), Update.Change.NONE), reply);
  }
}
