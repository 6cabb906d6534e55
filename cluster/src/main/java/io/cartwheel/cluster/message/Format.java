package io.cartwheel.cluster.message;

import io.cartwheel.cluster.version.ByteReader;
import io.cartwheel.cluster.version.ByteWriter;
import java.util.function.BiConsumer;
import java.util.function.Function;

/**
 * The binary form of one type of message.
 *
 * @param tag the byte that names it
 */
record Format<M extends Message>(
    int tag, Class<M> type, BiConsumer<ByteWriter, M> write, Function<ByteReader, M> read) {
  void write(ByteWriter out, Message message) {
    out.writeByte(tag);
    write.accept(out, type.cast(message));
  }
}
