package io.cartwheel.resp.command.update;

import io.cartwheel.cluster.version.Dot;
import io.cartwheel.cluster.version.Reading;
import io.cartwheel.cluster.version.Sibling;
import io.cartwheel.cluster.version.VersionVector;
import io.cartwheel.resp.protocol.Reply;
import java.util.List;

/**
 * DEL, and DELEX: deletes and answers 1, or 0 where there was nothing to delete.
 *
 * @param past null to delete all values that the coordinator knows; else a token's context, of
 *     which only the dots matter here, to delete what it covers
 */
public record DeleteUpdate(VersionVector past) implements EncodableUpdate {
  public static final DeleteUpdate ALL = new DeleteUpdate(null);

  private static final Decision DELETED =
      new Decision(List.of(Change.DELETE), ReplyBytes.encode(Reply.ONE));
  private static final Decision NOTHING_COVERED =
      new Decision(List.of(Change.DELETE), ReplyBytes.encode(Reply.ZERO));
  private static final Decision NOTHING_THERE =
      new Decision(List.of(Change.NONE), ReplyBytes.encode(Reply.ZERO));

  @Override
  public Decision decide(List<Reading> current, long nowMillis) {
    List<Sibling> live = current.get(0).live();
    if (past == null) {
      return live.isEmpty() ? NOTHING_THERE : DELETED;
    }
    // A tombstone in any case: the values that the token names may live on other nodes only.
    return live.stream().anyMatch(s -> past.covers(s.dot())) ? DELETED : NOTHING_COVERED;
  }

  @Override
  public byte[] earlierReply(Decision again) {
    // Without a token it leaves a tombstone only where something lived.
    return past == null ? DELETED.reply() : null;
  }

  @Override
  public byte[] encode() {
    int entries = past == null ? -1 : past.size();
    FieldWriter out = Updates.begin(Opcode.DELETE, 4 + 16 * Math.max(0, entries)).i32(entries);
    for (int i = 0; i < entries; i++) {
      out.i64(past.actorAt(i)).i64(past.counterAt(i));
    }
    return out.toBytes();
  }

  static DeleteUpdate read(FieldReader in) {
    int entries = in.i32();
    if (entries < 0) {
      return ALL;
    }
    VersionVector past = VersionVector.EMPTY;
    for (int i = 0; i < entries; i++) {
      past = past.join(VersionVector.of(new Dot(in.i64(), in.i64()), 0));
    }
    return new DeleteUpdate(past);
  }
}
