package io.cartwheel.cluster.transport;

import io.cartwheel.cluster.message.Message;

/**
 * The frames between two nodes: length of what follows (4 bytes), type (1 byte), the sender's
 * hybrid time (8 bytes), body.
 */
final class Frames {
  /** The dialer tells who it is. */
  static final int HELLO = 1;

  /** The acceptor tells who it is, and proves it. */
  static final int WELCOME = 2;

  /** The dialer proves who it is. */
  static final int PROOF = 3;

  /** The acceptor takes the connection. */
  static final int ACCEPTED = 4;

  /** The acceptor has understood who dials, and dials itself. */
  static final int INTRODUCED = 5;

  /** The sender does not talk to the receiver; the body says why. */
  static final int REFUSED = 6;

  /** A whole message. */
  static final int MESSAGE = 16;

  /** A part of a message: stream (4 bytes), bytes that follow in later chunks (4 bytes), bytes. */
  static final int CHUNK = 17;

  /** The same, of a message that the sender keeps until it hears that there is room for it. */
  static final int KEPT_CHUNK = 18;

  /** There is room for the message of this stream (4 bytes), whose beginning has come. */
  static final int TAKEN = 19;

  /**
   * There is room now for the message of this stream (4 bytes): it is to be sent from its start.
   */
  static final int AGAIN = 20;

  static final int LENGTH_BYTES = 4;
  static final int HEADER_BYTES = 1 + 8;
  static final int CHUNK_HEADER_BYTES = 4 + 4;

  /**
   * Longer messages travel in chunks of so many bytes, between which short messages pass: at 1
   * Gbit/s a chunk takes half a millisecond.
   */
  static final int CHUNK_BYTES = 64 * 1024;

  /** Long messages of which chunks are under way on one connection; others wait. */
  static final int MAX_STREAMS = 4;

  /** No frame is longer, length apart. */
  static final int MAX_FRAME_BYTES = HEADER_BYTES + CHUNK_HEADER_BYTES + CHUNK_BYTES;

  /** No frame of the handshake is longer, length apart: nobody has shown yet who it is. */
  static final int MAX_HANDSHAKE_FRAME_BYTES = 16 * 1024;

  /** As many loops as a node may have: one for each shard, and the control loop. */
  static final int MAX_LANES = (1 << Message.SHARD_BITS) + 1;

  private Frames() {}
}
