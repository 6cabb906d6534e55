package io.cartwheel.resp.command.quorum;

import io.cartwheel.resp.command.Call;
import io.cartwheel.resp.protocol.RedisNumbers;
import io.cartwheel.resp.protocol.Reply;
import java.util.OptionalLong;

/** Errors and checks that many commands share. */
public final class Options {
  public static final Reply.Error SYNTAX_ERROR = new Reply.Error("ERR syntax error");
  public static final Reply.Error NOT_AN_INTEGER =
      new Reply.Error("ERR value is not an integer or out of range");
  public static final Reply.Error TOO_LARGE =
      new Reply.Error("ERR string exceeds maximum allowed size (proto-max-bulk-len)");

  private Options() {}

  /** Redis's error for a wrong number of words. */
  public static Reply.Error wrongArity(String command) {
    return new Reply.Error("ERR wrong number of arguments for '" + command + "' command");
  }

  /**
   * R or W of one request.
   *
   * @param name R or W
   * @throws ReplyException where it is no number of replicas that the key has; while there is no
   *     partition table the upper end is not judged
   */
  public static int replicas(Call call, String name, byte[] key, byte[] word)
      throws ReplyException {
    int copies = call.services().coordinator().copiesOf(key);
    OptionalLong value = RedisNumbers.parseLong(word);
    int most = copies == 0 ? Integer.MAX_VALUE : copies;
    if (value.isEmpty() || value.getAsLong() < 1 || value.getAsLong() > most) {
      throw new ReplyException(
          Reply.err(
              copies == 0
                  ? name + " must be 1 or more"
                  : name + " must be between 1 and " + copies));
    }
    return (int) value.getAsLong();
  }

  /**
   * @throws ReplyException where it is none of Redis's integers
   */
  public static long integer(byte[] word) throws ReplyException {
    OptionalLong value = RedisNumbers.parseLong(word);
    if (value.isEmpty()) {
      throw new ReplyException(NOT_AN_INTEGER);
    }
    return value.getAsLong();
  }

  /**
   * @throws ReplyException where the value is larger than this node takes
   */
  public static byte[] value(Call call, byte[] word) throws ReplyException {
    if (word.length > call.services().config().maxValueSizeBytes()) {
      throw new ReplyException(TOO_LARGE);
    }
    return word;
  }
}
