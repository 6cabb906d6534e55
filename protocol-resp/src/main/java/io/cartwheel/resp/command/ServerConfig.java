package io.cartwheel.resp.command;

import java.util.Map;

/**
 * The settings as CONFIG GET and CONFIG SET see them, under Redis's names and ours; never a secret.
 * Safe for use by all threads; what may be set takes effect at once.
 */
public interface ServerConfig {
  /** Name to value, in order of names. */
  Map<String, String> all();

  /** Whether there is a setting of this name, in lower case; {@link #all} may not show it. */
  boolean knows(String name);

  /**
   * Why a setting that is known holds whatever is asked for while the node runs; null where it may
   * be changed, or has this very value by nature.
   *
   * @return one line without an error code
   */
  String immutable(String name, String value);

  /**
   * Changes settings of this node until it stops, all of them or none. They are known and not
   * immutable; a value has one char for each byte.
   *
   * @return null, or which value is wrong
   */
  Refusal set(Map<String, String> values);

  /**
   * @param name of the setting
   * @param reason one line without an error code
   */
  record Refusal(String name, String reason) {}

  /** Whether clients must authenticate. */
  boolean passwordRequired();

  /**
   * Whether this is the password; false where none is set. Takes as long for every candidate of one
   * length.
   */
  boolean passwordMatches(byte[] candidate);

  /** The longest word of a command; a longer one is refused with an error. */
  long maxValueSizeBytes();

  /** The longest word that is read at all; a client that announces more is disconnected. */
  default long protoMaxBulkLenBytes() {
    return 512L << 20;
  }

  int maxClients();

  /** Whether clients from other machines are refused while no password is set. */
  default boolean protectedMode() {
    return true;
  }

  /** After so long without a command a connection is closed; 0 for never. */
  default long idleTimeoutMillis() {
    return 0;
  }
}
