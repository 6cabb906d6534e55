package io.cartwheel.resp.command.update;

/**
 * Which update the bytes are. A code is never used again for another meaning: nodes of different
 * versions talk to each other while a cluster is upgraded.
 */
enum Opcode {
  SET(1),
  DELETE(2),
  GET_DELETE(3),
  GET_EXPIRE(4),
  APPEND(5),
  SET_RANGE(6),
  INCREMENT(7),
  INCREMENT_FLOAT(8),
  EXPIRE(9),
  PERSIST(10),
  SET_ALL_IF_NONE(11);

  private static final Opcode[] BY_CODE = new Opcode[256];

  static {
    for (Opcode opcode : values()) {
      BY_CODE[opcode.code] = opcode;
    }
  }

  final int code;

  Opcode(int code) {
    this.code = code;
  }

  /** The opcode with this code, or null. */
  static Opcode of(int code) {
    return BY_CODE[code];
  }
}
