package io.cartwheel.cluster.message;

import io.cartwheel.cluster.version.ByteReader;
import io.cartwheel.cluster.version.ByteWriter;
import io.cartwheel.cluster.version.MalformedException;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The binary form of messages: a byte that names the type, then the components of the record in
 * their order. Ids and hybrid times take 8 bytes, other numbers are varints, bytes and lists come
 * after their length. Messages do not bear their version each: peers that speak another {@link
 * #VERSION} refuse each other when they meet.
 *
 * <p>Immutable, safe for use by all threads.
 */
public final class MessageCodec {
  /**
   * Raised by every change of what is written here, in {@link RingCodec}, in a row or in frames.
   */
  public static final int VERSION = 6;

  private static final List<Format<?>> FORMATS =
      Stream.of(RowFormats.ALL, NodeFormats.ALL, ExchangeFormats.ALL)
          .flatMap(List::stream)
          .toList();

  private static final Map<Class<?>, Format<?>> BY_TYPE =
      FORMATS.stream().collect(Collectors.toUnmodifiableMap(Format::type, Function.identity()));
  private static final Map<Integer, Format<?>> BY_TAG =
      FORMATS.stream().collect(Collectors.toUnmodifiableMap(Format::tag, Function.identity()));

  private MessageCodec() {}

  /** Appends the message to what the writer holds. */
  public static void write(ByteWriter out, Message message) {
    Format<?> format = BY_TYPE.get(message.getClass());
    if (format == null) {
      throw new IllegalArgumentException("no binary form of " + message.getClass().getName());
    }
    format.write(out, message);
  }

  /**
   * Reads a message that takes all the bytes there are.
   *
   * @throws MalformedException where they are not one
   */
  public static Message read(ByteReader in) {
    Message message = format(in).read().apply(in);
    in.expectEnd();
    return message;
  }

  /** Of what type the message is that begins here; the reader is behind it then. */
  static Class<? extends Message> readType(ByteReader in) {
    return format(in).type();
  }

  private static Format<?> format(ByteReader in) {
    int tag = in.readByte();
    Format<?> format = BY_TAG.get(tag);
    if (format == null) {
      throw new MalformedException("a message of type " + tag);
    }
    return format;
  }
}
