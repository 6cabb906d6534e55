package io.cartwheel.cluster.coordinate;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.cartwheel.cluster.coordinate.Update.Change;
import io.cartwheel.cluster.version.Reading;
import io.cartwheel.cluster.version.Sibling;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Updates as words: {@code SET v}, {@code SETPX v} (for 5 ms), {@code SETNX v} (of all keys),
 * {@code INCR}, {@code DEL} (what lives), {@code DELEX} (in any case), {@code GETDEL}.
 */
final class TestUpdates implements Update.Decoder {
  @Override
  public Update decode(byte[] update) {
    String[] words = new String(update, UTF_8).split(" ", 2);
    return switch (words[0]) {
      case "SET" -> (current, now) -> all(current, put(words[1]), "OK");
      case "SETPX" ->
          (current, now) ->
              all(current, new Change.Put(words[1].getBytes(UTF_8), Sibling.STRING, now + 5), "OK");
      case "DEL" -> new Delete();
      case "DELEX" -> (current, now) -> all(current, Change.DELETE, count(current));
      case "SETNX" ->
          (current, now) ->
              current.stream().anyMatch(Reading::exists)
                  ? all(current, Change.NONE, "0")
                  : all(current, put(words[1]), "1");
      case "GETDEL" ->
          (current, now) ->
              current.get(0).exists()
                  ? new Update.Decision(List.of(Change.DELETE), current.get(0).single().value())
                  : all(current, Change.NONE, "");
      case "INCR" -> (current, now) -> incr(current.get(0));
      default -> throw new IllegalArgumentException("no update");
    };
  }

  private record Delete() implements Update {
    @Override
    public Decision decide(List<Reading> current, long nowMillis) {
      return all(
          current,
          current.stream().anyMatch(Reading::exists) ? Change.DELETE : Change.NONE,
          count(current));
    }

    @Override
    public byte[] earlierReply(Decision again) {
      return "1".getBytes(UTF_8);
    }
  }

  private static Update.Decision incr(Reading reading) {
    if (reading.isConflict()) {
      return new Update.Decision(List.of(Change.NONE), "CONFLICT".getBytes(UTF_8));
    }
    long before =
        reading.exists() ? Long.parseLong(new String(reading.single().value(), UTF_8)) : 0;
    String after = Long.toString(before + 1);
    return new Update.Decision(List.of(put(after)), after.getBytes(UTF_8));
  }

  private static Update.Decision all(List<Reading> current, Change change, String reply) {
    List<Change> changes = new ArrayList<>(Collections.nCopies(current.size(), change));
    return new Update.Decision(changes, reply.getBytes(UTF_8));
  }

  private static String count(List<Reading> current) {
    return Long.toString(current.stream().filter(Reading::exists).count());
  }

  private static Change put(String value) {
    return new Change.Put(value.getBytes(UTF_8), Sibling.STRING, Sibling.NO_EXPIRY);
  }
}
