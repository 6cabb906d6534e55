package io.cartwheel.resp.command.update;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cartwheel.cluster.coordinate.Update;
import io.cartwheel.cluster.version.Dot;
import io.cartwheel.cluster.version.Reading;
import io.cartwheel.cluster.version.RequestId;
import io.cartwheel.cluster.version.Sibling;
import io.cartwheel.cluster.version.VersionVector;
import io.cartwheel.resp.protocol.Reply;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class UpdatesTest {
  private static final byte[] VALUE = "value".getBytes(ISO_8859_1);
  private static final long NOW = 1000;

  private final Updates updates = new Updates();

  static List<EncodableUpdate> all() {
    return List.of(
        new SetUpdate(0, 5000, VALUE),
        new SetUpdate(SetUpdate.GET | SetUpdate.KEEP_TTL, Sibling.NO_EXPIRY, new byte[0]),
        DeleteUpdate.ALL,
        new DeleteUpdate(
            VersionVector.of(new Dot(-7, 3), 0).join(VersionVector.of(new Dot(9, 1), 0))),
        new GetDeleteUpdate(),
        new GetExpireUpdate(Long.MAX_VALUE),
        new AppendUpdate(VALUE, 5000, 100),
        new SetRangeUpdate(3, VALUE, Sibling.NO_EXPIRY, 100),
        new IncrementUpdate(Long.MIN_VALUE, 5000),
        new IncrementFloatUpdate("1.5".getBytes(ISO_8859_1), 5000),
        new ExpireUpdate(ExpireUpdate.IF_LATER, -5),
        new PersistUpdate(),
        new SetAllIfNoneUpdate(List.of(new SetAllIfNoneUpdate.Item(VALUE, 5000))));
  }

  private static Reading reading(String value) {
    if (value == null) {
      return Reading.NOTHING;
    }
    Dot dot = new Dot(9, 1);
    Sibling sibling =
        new Sibling(
            dot,
            1,
            Sibling.NO_EXPIRY,
            Sibling.STRING,
            Sibling.Form.VALUE,
            value.getBytes(ISO_8859_1),
            new RequestId(1, 1),
            false);
    return new Reading(VersionVector.of(dot, 1), List.of(sibling));
  }

  @ParameterizedTest
  @MethodSource("all")
  void whatIsDecoded_decidesAsWhatWasEncoded(EncodableUpdate update) {
    Update decoded = updates.decode(update.encode());
    assertEquals(update.getClass(), decoded.getClass());
    for (String value : Arrays.asList(null, "10", "text")) {
      Update.Decision expected = update.decide(List.of(reading(value)), NOW);
      Update.Decision actual = decoded.decide(List.of(reading(value)), NOW);
      assertArrayEquals(expected.reply(), actual.reply());
      assertEquals(text(expected.changes().get(0)), text(actual.changes().get(0)));
    }
  }

  private static String text(Update.Change change) {
    return change instanceof Update.Change.Put put
        ? new String(put.value(), ISO_8859_1) + " until " + put.expiryMillis()
        : change.toString();
  }

  @ParameterizedTest
  @MethodSource("all")
  void damagedBytes_areRefused(EncodableUpdate update) {
    byte[] whole = update.encode();
    for (int length = 2; length < whole.length; length++) {
      byte[] cut = Arrays.copyOf(whole, length);
      assertThrows(IllegalArgumentException.class, () -> updates.decode(cut));
    }
    byte[] longer = Arrays.copyOf(whole, whole.length + 1);
    assertThrows(IllegalArgumentException.class, () -> updates.decode(longer));
    assertThrows(IllegalArgumentException.class, () -> updates.decode(new byte[0]));
  }

  @Test
  void unknownUpdates_changeNothingAndAnswerAnError() {
    for (byte[] unknown : List.of(new byte[] {1, 99}, new byte[] {2, 1, 0})) {
      Update.Decision decision =
          updates.decode(unknown).decide(List.of(reading("1"), reading(null)), NOW);
      assertEquals(List.of(Update.Change.NONE, Update.Change.NONE), decision.changes());
      Reply.Error error = (Reply.Error) ReplyBytes.decode(decision.reply());
      assertTrue(error.text().startsWith("ERR the coordinator of this key does not know"));
    }
  }

  @Test
  void plainUpdates_needNoValues() {
    Sibling bare = reading("1").live().get(0).versionOnly();
    Reading versions = new Reading(VersionVector.of(bare.dot(), 1), List.of(bare));
    assertEquals(
        Update.Change.DELETE, DeleteUpdate.ALL.decide(List.of(versions), NOW).changes().get(0));
    SetUpdate set = new SetUpdate(0, Sibling.NO_EXPIRY, VALUE);
    assertEquals(Reply.OK, ReplyBytes.decode(set.decide(List.of(versions), NOW).reply()));
  }

  @Test
  void replies_travel() {
    for (Reply reply :
        List.of(
            Reply.OK,
            Reply.NULL,
            Reply.ZERO,
            Reply.ONE,
            new Reply.Int(Long.MIN_VALUE),
            new Reply.Simple("none"),
            new Reply.Error("ERR caf\u00e9"))) {
      assertEquals(reply, ReplyBytes.decode(ReplyBytes.encode(reply)));
    }
    byte[] bytes = {0, 13, 10, -1};
    Reply.Bulk bulk = (Reply.Bulk) ReplyBytes.decode(ReplyBytes.encode(new Reply.Bulk(bytes)));
    assertArrayEquals(bytes, bulk.bytes());
    assertThrows(IllegalArgumentException.class, () -> ReplyBytes.encode(Reply.EMPTY_ARRAY));
    assertThrows(IllegalArgumentException.class, () -> ReplyBytes.decode(new byte[] {'?'}));
  }

  @Test
  void deleteThatWasCarriedOutBefore_saysSoOrDoesNotKnow() {
    Update.Decision again = DeleteUpdate.ALL.decide(List.of(Reading.NOTHING), NOW);
    assertArrayEquals(ReplyBytes.encode(Reply.ONE), DeleteUpdate.ALL.earlierReply(again));
    // With a token it leaves a tombstone in any case.
    DeleteUpdate covered = new DeleteUpdate(VersionVector.of(new Dot(9, 1), 0));
    assertNull(covered.earlierReply(covered.decide(List.of(Reading.NOTHING), NOW)));
  }
}
