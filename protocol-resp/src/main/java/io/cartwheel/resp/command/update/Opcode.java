package io.cartwheel.resp.command.update;

import java.util.function.Function;

/**
 * Which update the bytes are. A code is never used again for another meaning: nodes of different
 * versions talk to each other while a cluster is upgraded.
 */
enum Opcode {
  SET(1, SetUpdate::read),
  DELETE(2, DeleteUpdate::read),
  GET_DELETE(3, GetDeleteUpdate::read),
  GET_EXPIRE(4, GetExpireUpdate::read),
  APPEND(5, AppendUpdate::read),
  SET_RANGE(6, SetRangeUpdate::read),
  INCREMENT(7, IncrementUpdate::read),
  INCREMENT_FLOAT(8, IncrementFloatUpdate::read),
  EXPIRE(9, ExpireUpdate::read),
  PERSIST(10, PersistUpdate::read),
  SET_ALL_IF_NONE(11, SetAllIfNoneUpdate::read);

  private static final Opcode[] BY_CODE = new Opcode[256];

  static {
    for (Opcode opcode : values()) {
      BY_CODE[opcode.code] = opcode;
    }
  }

  final int code;
  final Function<FieldReader, EncodableUpdate> reader;

  Opcode(int code, Function<FieldReader, EncodableUpdate> reader) {
    this.code = code;
    this.reader = reader;
  }

  /** The opcode with this code, or null. */
  static Opcode of(int code) {
    return BY_CODE[code];
  }
}
