package io.cartwheel.resp.protocol;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;
import java.util.function.BooleanSupplier;

/**
 * Bytes to commands: arrays of bulk strings, or inline lines. However the bytes are cut into
 * pieces, the commands are the same. Bytes are parsed on a plain array, which is several times
 * faster than through a buffer's accessors.
 *
 * <p>A bad frame ends the connection, as in Redis; a frame that is good but too large for a command
 * is skipped and reported, and the next command is read. Memory is taken only for bytes that have
 * come, whatever a client announces. For one thread.
 */
public final class RespDecoder {
  /** What {@link #next} found. */
  public enum Status {
    /** {@link #command} has a command. */
    COMMAND,
    /** A command was skipped for its size; {@link #error} says why. */
    REFUSED,
    /** The next command is not complete. */
    MORE,
    /** The stream cannot be understood any more; {@link #error} says why. */
    BROKEN
  }

  /** Up to this a drained buffer is kept for the next read; many connections are idle. */
  private static final int KEPT_BYTES = 1024;

  /** A longer bulk gets an array of its own as soon as it begins, so that it is copied once. */
  private static final int OWN_ARRAY_BYTES = 32 * 1024;

  private static final int NO_LENGTH = -1;
  private static final int FIRST_WORDS = 16;
  private static final byte[] NOTHING = new byte[0];

  private final RespLimits limits;
  private final BooleanSupplier stranger;

  private byte[] buffer = NOTHING;
  private int from;
  private int to;

  /** Where the search for a line's end goes on, relative to {@link #from}. */
  private int searched;

  /** Words of the array being read, 0 between commands. */
  private int wordsExpected;

  private byte[][] words;
  private int wordCount;

  /** Length of the bulk being read, or {@link #NO_LENGTH}. */
  private long bulkLength = NO_LENGTH;

  /** The bulk being read, when it has an array of its own. */
  private byte[] bulk;

  private int bulkFilled;

  /** Bytes still to be dropped of a bulk that nobody will see. */
  private long discarding;

  private long commandBytes;
  private String refusal;
  private String error;
  private boolean broken;

  /**
   * @param stranger whether the client has yet to authenticate
   */
  public RespDecoder(RespLimits limits, BooleanSupplier stranger) {
    this.limits = limits;
    this.stranger = stranger;
  }

  /** Takes all readable bytes. */
  public void feed(ByteBuf in) {
    int length = in.readableBytes();
    if (bulk != null && from == to) {
      int direct = Math.min(length, growBulk(length));
      in.readBytes(bulk, bulkFilled, direct);
      bulkFilled += direct;
      length -= direct;
    }
    makeRoom(length);
    in.readBytes(buffer, to, length);
    to += length;
  }

  /** As {@link #feed(ByteBuf)}. */
  public void feed(byte[] bytes, int offset, int length) {
    makeRoom(length);
    System.arraycopy(bytes, offset, buffer, to, length);
    to += length;
  }

  /** The command that {@link #next} found; the caller's own. */
  public byte[][] command() {
    byte[][] found = words;
    words = null;
    return found;
  }

  /** What was wrong, without an error's code. */
  public String error() {
    return error;
  }

  /** How many bytes wait to be parsed, or are part of a command that is not complete. */
  public long bufferedBytes() {
    return queryBytes() + wordBytes();
  }

  /** Of {@link #bufferedBytes}, those that are not part of a complete word. */
  public long queryBytes() {
    return (long) to - from + bulkFilled;
  }

  /** Of {@link #bufferedBytes}, the words of a command that is not complete. */
  public long wordBytes() {
    return commandBytes;
  }

  /** Room that was taken for bytes that have yet to come. */
  public long freeBytes() {
    byte[] growing = bulk;
    long inBulk = growing == null ? 0 : Math.max(0, growing.length - bulkFilled);
    return inBulk + Math.max(0, buffer.length - (to - from));
  }

  /** Reads on to the end of the next command. */
  public Status next() {
    Status status = broken ? Status.BROKEN : read();
    if (status == Status.MORE) {
      compact();
    }
    return status;
  }

  private Status read() {
    while (true) {
      if (wordsExpected == 0) {
        if (from == to) {
          return Status.MORE;
        }
        Status begun = buffer[from] == '*' ? readCount() : readInline();
        if (begun != null) {
          return begun;
        }
      } else {
        Status status = readWord();
        if (status != null) {
          return status;
        }
        if (wordCount == wordsExpected) {
          return finish();
        }
      }
    }
  }

  private Status finish() {
    wordsExpected = 0;
    commandBytes = 0;
    if (refusal != null) {
      error = refusal;
      words = null;
      return Status.REFUSED;
    }
    return Status.COMMAND;
  }

  /** Null where there is more to read. */
  private Status readInline() {
    int end = findLineEnd((byte) '\n');
    if ((end < 0 ? to : end) - from >= RespLimits.INLINE_BYTES) {
      return broken("too big inline request");
    }
    if (end < 0) {
      return Status.MORE;
    }
    int textEnd = end > from && buffer[end - 1] == '\r' ? end - 1 : end;
    words = InlineWords.split(buffer, from, textEnd);
    from = end + 1;
    if (words == null) {
      return broken("unbalanced quotes in request");
    }
    return words.length == 0 ? null : Status.COMMAND;
  }

  /** {@code *n}; null where there is more to read. */
  private Status readCount() {
    int end = findLineEnd((byte) '\r');
    if (end < 0 || end - from > RespLimits.LINE_BYTES) {
      return to - from > RespLimits.LINE_BYTES ? broken("too big mbulk count string") : Status.MORE;
    }
    if (end + 1 == to) {
      return Status.MORE;
    }
    long count = parseCount(from + 1, end);
    if (count == Long.MIN_VALUE || count > limits.words()) {
      return broken("invalid multibulk length");
    }
    if (count > RespLimits.STRANGER_WORDS && stranger.getAsBoolean()) {
      return broken("unauthenticated multibulk length");
    }
    from = end + 2;
    if (count > 0) {
      wordsExpected = (int) count;
      words = new byte[Math.min(wordsExpected, FIRST_WORDS)][];
      wordCount = 0;
      refusal = null;
    }
    return null;
  }

  /** One bulk; null where it is complete. */
  private Status readWord() {
    if (bulkLength == NO_LENGTH) {
      Status status = readLength();
      if (status != null) {
        return status;
      }
    }
    if (discarding > 0) {
      int dropped = (int) Math.min(discarding, to - from);
      discarding -= dropped;
      from += dropped;
      if (discarding > 0) {
        return Status.MORE;
      }
      add(NOTHING);
      return null;
    }
    return bulk != null ? fillOwnArray() : copyWord();
  }

  private Status copyWord() {
    int length = (int) bulkLength;
    if (to - from < length + 2) {
      if (length > OWN_ARRAY_BYTES) {
        bulk = NOTHING;
        bulkFilled = 0;
        return fillOwnArray();
      }
      return Status.MORE;
    }
    byte[] word = Arrays.copyOfRange(buffer, from, from + length);
    from += length + 2;
    add(word);
    return null;
  }

  private Status fillOwnArray() {
    int wanted = (int) bulkLength - bulkFilled;
    int here = Math.min(wanted, to - from);
    if (here > 0) {
      growBulk(here);
      System.arraycopy(buffer, from, bulk, bulkFilled, here);
      bulkFilled += here;
      from += here;
    }
    if (bulkFilled < bulkLength || to - from < 2) {
      return Status.MORE;
    }
    from += 2;
    byte[] word = bulk;
    bulk = null;
    bulkFilled = 0;
    add(word);
    return null;
  }

  /**
   * Makes room for {@code more} bytes of the bulk, at most for all of it: the array doubles, so
   * what is taken is at most twice what has come.
   *
   * @return how many bytes there is room for
   */
  private int growBulk(int more) {
    int full = (int) bulkLength;
    if (bulk.length < full && bulkFilled + more > bulk.length) {
      long doubled = Math.max(2L * bulk.length, Math.max(2 * OWN_ARRAY_BYTES, bulkFilled + more));
      bulk = Arrays.copyOf(bulk, (int) Math.min(full, doubled));
    }
    return Math.min(more, full - bulkFilled);
  }

  /** {@code $n}; null where it has been read. */
  private Status readLength() {
    if (from == to) {
      return Status.MORE;
    }
    int end = findLineEnd((byte) '\r');
    if (end < 0 || end - from > RespLimits.LINE_BYTES) {
      return to - from > RespLimits.LINE_BYTES ? broken("too big bulk count string") : Status.MORE;
    }
    if (end + 1 == to) {
      return Status.MORE;
    }
    if (buffer[from] != '$') {
      return broken("expected '$', got '" + (char) (buffer[from] & 0xff) + "'");
    }
    long length = parseCount(from + 1, end);
    if (length < 0 || length > limits.bulkBytes()) {
      return broken("invalid bulk length");
    }
    if (length > RespLimits.STRANGER_BULK_BYTES && stranger.getAsBoolean()) {
      return broken("unauthenticated bulk length");
    }
    from = end + 2;
    bulkLength = length;
    judge(length);
    return null;
  }

  /** Decides whether the words so far and this one may become a command. */
  private void judge(long length) {
    if (refusal == null && length > limits.wordBytes()) {
      refuse("value of " + length + " bytes is longer than max-value-size, " + limits.wordBytes());
    } else if (refusal == null
        && commandBytes + length + RespLimits.WORD_OVERHEAD_BYTES > limits.commandBytes()) {
      refuse("command is longer than " + limits.commandBytes() + " bytes");
    }
    if (refusal != null) {
      discarding = length + 2;
    }
  }

  private void refuse(String reason) {
    refusal = reason;
    words = new byte[0][];
    commandBytes = 0;
  }

  private void add(byte[] word) {
    bulkLength = NO_LENGTH;
    if (refusal == null) {
      if (wordCount == words.length) {
        words = Arrays.copyOf(words, Math.min(wordsExpected, 2 * words.length));
      }
      words[wordCount] = word;
      commandBytes += word.length + RespLimits.WORD_OVERHEAD_BYTES;
    }
    wordCount++;
  }

  /** An integer in Redis's strict form, or {@link Long#MIN_VALUE}. */
  private long parseCount(int start, int end) {
    int digits = end - start;
    if (digits > 0 && digits < 10 && buffer[start] != '0' && buffer[start] != '-') {
      long value = 0;
      for (int i = start; i < end; i++) {
        int digit = buffer[i] - '0';
        if (digit < 0 || digit > 9) {
          return Long.MIN_VALUE;
        }
        value = value * 10 + digit;
      }
      return value;
    }
    return RedisNumbers.parseLong(buffer, start, end).orElse(Long.MIN_VALUE);
  }

  /** The index of the byte that ends this line, or -1; no byte is looked at twice. */
  private int findLineEnd(byte last) {
    for (int i = from + searched; i < to; i++) {
      if (buffer[i] == last) {
        searched = 0;
        if (i + 1 == to && last == '\r') {
          // The line feed has yet to come: this very byte is looked for once more.
          searched = i - from;
        }
        return i;
      }
    }
    searched = to - from;
    return -1;
  }

  private Status broken(String reason) {
    broken = true;
    error = reason;
    buffer = NOTHING;
    bulk = null;
    words = null;
    from = 0;
    to = 0;
    return Status.BROKEN;
  }

  private void makeRoom(int more) {
    if (buffer.length - to >= more) {
      return;
    }
    int kept = to - from;
    byte[] larger =
        kept + more > buffer.length
            ? new byte[kept == 0 ? Math.max(more, 64) : Math.max(kept + more, 2 * kept)]
            : buffer;
    System.arraycopy(buffer, from, larger, 0, kept);
    buffer = larger;
    from = 0;
    to = kept;
  }

  private void compact() {
    if (from == to) {
      from = 0;
      to = 0;
      if (buffer.length > KEPT_BYTES) {
        buffer = NOTHING;
      }
    }
  }
}
