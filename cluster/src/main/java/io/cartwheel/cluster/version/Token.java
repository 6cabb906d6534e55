package io.cartwheel.cluster.version;

import com.dynatrace.hash4j.hashing.Hashing;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/**
 * The context of a GET as clients hold it: printable, URL-safe, opaque. A checksum finds damage and
 * a hash of the key binds it to that key; neither is a signature, so nothing here trusts the times
 * or counters of a token further than it trusts any client.
 *
 * <p>Base64url without padding of: format version (1 byte), hash of the key (8 bytes), the vector
 * as {@link RowCodec} writes it, checksum of all that (4 bytes).
 */
public final class Token {
  /** No token is longer, and nothing longer is looked at. */
  public static final int MAX_TEXT_LENGTH = 65_536;

  private static final int FORMAT = 1;
  private static final int KEY_HASH_BYTES = 8;
  private static final int CHECKSUM_BYTES = 4;
  private static final int LEAST_BYTES = 1 + KEY_HASH_BYTES + 1 + CHECKSUM_BYTES;

  /** Bounds the text: an entry takes at most 25 bytes, three bytes four characters. */
  static final int MAX_ENTRIES = (MAX_TEXT_LENGTH / 4 * 3 - 32) / 25;

  private Token() {}

  /**
   * The token of what a reader of the key has seen. Past {@link #MAX_ENTRIES} actors the oldest are
   * left out: a writer is then taken to have seen less than it did, which loses nothing.
   */
  public static String encode(byte[] key, VersionVector context) {
    VersionVector bounded = context;
    while (bounded.size() > MAX_ENTRIES) {
      bounded = bounded.without(bounded.oldest());
    }
    ByteWriter out = new ByteWriter(LEAST_BYTES + bounded.size() * 20);
    out.writeByte(FORMAT).writeLong(hash(key, key.length));
    RowCodec.writeVector(out, bounded);
    out.writeInt((int) hash(out.buffer(), out.size()));
    return Base64.getUrlEncoder().withoutPadding().encodeToString(out.toByteArray());
  }

  /**
   * What the reader had seen who was given this token with a GET of this key.
   *
   * @throws BadTokenException where the text is anything else
   */
  public static VersionVector decode(byte[] key, String text) throws BadTokenException {
    byte[] bytes = bytesOf(text);
    if (bytes[0] != FORMAT) {
      // Without the checksum a slip of the first letter would pass for a later version.
      throw new BadTokenException(
          checksumFits(bytes)
              ? BadTokenException.Reason.UNKNOWN_VERSION
              : BadTokenException.Reason.NOT_A_TOKEN);
    }
    if (!checksumFits(bytes)) {
      throw new BadTokenException(BadTokenException.Reason.DAMAGED);
    }
    ByteReader in = new ByteReader(bytes, 1, bytes.length - 1 - CHECKSUM_BYTES);
    if (in.readLong() != hash(key, key.length)) {
      throw new BadTokenException(BadTokenException.Reason.OTHER_KEY);
    }
    try {
      VersionVector context = RowCodec.readVector(in);
      in.expectEnd();
      return context;
    } catch (MalformedException e) {
      throw new BadTokenException(BadTokenException.Reason.DAMAGED);
    }
  }

  /** {@link #decode(byte[], String)} of the text as it came from a client. */
  public static VersionVector decode(byte[] key, byte[] text) throws BadTokenException {
    if (text.length > MAX_TEXT_LENGTH) {
      throw new BadTokenException(BadTokenException.Reason.NOT_A_TOKEN);
    }
    return decode(key, new String(text, StandardCharsets.ISO_8859_1));
  }

  private static byte[] bytesOf(String text) throws BadTokenException {
    if (text.length() <= MAX_TEXT_LENGTH) {
      try {
        byte[] bytes = Base64.getUrlDecoder().decode(text);
        if (bytes.length >= LEAST_BYTES) {
          return bytes;
        }
      } catch (IllegalArgumentException e) {
        // Not base64url: said below.
      }
    }
    throw new BadTokenException(BadTokenException.Reason.NOT_A_TOKEN);
  }

  private static boolean checksumFits(byte[] bytes) {
    int end = bytes.length - CHECKSUM_BYTES;
    return new ByteReader(bytes, end, CHECKSUM_BYTES).readInt() == (int) hash(bytes, end);
  }

  private static long hash(byte[] bytes, int length) {
    return Hashing.xxh3_64().hashBytesToLong(bytes, 0, length);
  }
}
