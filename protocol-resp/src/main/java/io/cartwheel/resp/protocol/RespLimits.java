package io.cartwheel.resp.protocol;

/**
 * How much a client may send.
 *
 * @param words of one command; beyond it the frame is bad
 * @param bulkBytes of one word that is read at all; beyond it the frame is bad
 * @param wordBytes of one word of a command; beyond it the command is refused, the connection stays
 * @param commandBytes of all words of a command together; beyond it the command is refused, so that
 *     one client cannot fill the heap
 */
public record RespLimits(int words, long bulkBytes, long wordBytes, long commandBytes) {
  /** Of a line that is the count in front of words and bulks. */
  public static final int LINE_BYTES = 64 * 1024;

  /**
   * Of a line that is an inline command, its line feed included. Redis gives up after 64 KiB
   * without an end, which it looks for after each read of 16 KiB.
   */
  public static final int INLINE_BYTES = LINE_BYTES + 16 * 1024;

  /** Before a client has authenticated, so that strangers cannot make the server remember much. */
  public static final int STRANGER_WORDS = 10;

  /** See {@link #STRANGER_WORDS}. */
  public static final int STRANGER_BULK_BYTES = 16 * 1024;

  /** What a word costs beside its bytes. */
  public static final int WORD_OVERHEAD_BYTES = 24;

  /** Redis's, and what fits into memory is far less. */
  private static final int WORDS = Integer.MAX_VALUE;

  /** So many words fit at the least, where values are small. */
  private static final int SMALL_WORDS = 2 * 1024 * 1024;

  /** A command may hold so many words of full size: an MSET of a few, not of hundreds. */
  private static final int FULL_WORDS = 4;

  /** The usual limits around what one value may be. */
  public static RespLimits of(long maxValueSizeBytes, long protoMaxBulkLenBytes) {
    long wordBytes = Math.min(Math.min(maxValueSizeBytes, protoMaxBulkLenBytes), 1 << 30);
    return new RespLimits(
        WORDS,
        protoMaxBulkLenBytes,
        wordBytes,
        Math.max(FULL_WORDS * wordBytes, (long) SMALL_WORDS * WORD_OVERHEAD_BYTES) + LINE_BYTES);
  }
}
