package io.cartwheel.cluster.message;

import io.cartwheel.cluster.message.Message.Forwarded;
import io.cartwheel.cluster.message.Message.Overloaded;
import io.cartwheel.cluster.version.ByteReader;

/**
 * What stands in for a message for which there is no room: whoever waits is told at once.
 *
 * @param answer the reply that says so
 * @param isForSender whether a request was refused, so that its sender is to be told; else a reply
 *     was, and the answer takes its place
 */
public record Refusal(Message.Reply answer, boolean isForSender) {
  private static final byte[] NOTHING = new byte[0];

  /**
   * Stands in for the message that begins with these bytes.
   *
   * @return null where nobody waits for an answer by an id
   * @throws io.cartwheel.cluster.version.MalformedException where they begin no message
   */
  public static Refusal of(ByteReader head) {
    Class<? extends Message> type = MessageCodec.readType(head);
    if (Message.Control.class.isAssignableFrom(type)) {
      return null;
    }
    // Whatever has an id has it first.
    long id = head.readLong();
    return Message.Reply.class.isAssignableFrom(type)
        ? new Refusal(instead(type, id), false)
        : new Refusal(new Overloaded(id), true);
  }

  /**
   * Whether this message waits wherever there is no room for it, and is not refused: the answer to
   * a write that may have been executed, which nobody can ask for a second time.
   */
  public static boolean isNever(Message message) {
    return message instanceof Forwarded;
  }

  /** Stands in for a reply. */
  public static Message.Reply instead(Message.Reply reply) {
    return instead(reply.getClass(), reply.id());
  }

  /** A write whose answer is lost may have been executed. */
  private static Message.Reply instead(Class<? extends Message> type, long id) {
    return type == Forwarded.class
        ? new Forwarded(id, Forwarded.Outcome.NO_QUORUM, NOTHING, 0, 1, 0)
        : new Overloaded(id);
  }
}
