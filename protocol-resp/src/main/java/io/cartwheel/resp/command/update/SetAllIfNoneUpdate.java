package io.cartwheel.resp.command.update;

import io.cartwheel.cluster.version.Reading;
import io.cartwheel.resp.protocol.Reply;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * MSETNX, of keys of one slot: sets all of them where none exists, else none.
 *
 * @param items in the order of the keys of the request
 */
public record SetAllIfNoneUpdate(List<Item> items) implements EncodableUpdate {

  /**
   * @param expiryMillis absolute, or {@link io.cartwheel.cluster.version.Sibling#NO_EXPIRY}
   */
  public record Item(byte[] value, long expiryMillis) {}

  @Override
  public Decision decide(List<Reading> current, long nowMillis) {
    if (current.size() != items.size()) {
      throw new IllegalArgumentException(items.size() + " values, " + current.size() + " keys");
    }
    for (Reading reading : current) {
      if (reading.isConflict()) {
        return nothing(KeyUpdate.conflict(reading.live().size()));
      }
    }
    if (current.stream().anyMatch(Reading::exists)) {
      return nothing(Reply.ZERO);
    }
    List<Change> changes = new ArrayList<>(items.size());
    for (Item item : items) {
      changes.add(Values.put(item.value, item.expiryMillis, nowMillis));
    }
    return new Decision(changes, ReplyBytes.encode(Reply.ONE));
  }

  private Decision nothing(Reply reply) {
    return new Decision(Collections.nCopies(items.size(), Change.NONE), ReplyBytes.encode(reply));
  }

  @Override
  public byte[] encode() {
    FieldWriter out = Updates.begin(Opcode.SET_ALL_IF_NONE, 4 + 64 * items.size());
    out.i32(items.size());
    for (Item item : items) {
      out.bytes(item.value).i64(item.expiryMillis);
    }
    return out.toBytes();
  }

  static SetAllIfNoneUpdate read(FieldReader in) {
    int count = in.i32();
    List<Item> items = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      items.add(new Item(in.bytes(), in.i64()));
    }
    return new SetAllIfNoneUpdate(List.copyOf(items));
  }
}
