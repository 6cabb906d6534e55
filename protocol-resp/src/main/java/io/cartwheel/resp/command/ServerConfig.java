package io.cartwheel.resp.command;

import java.util.Map;

/**
 * The settings as CONFIG GET and CONFIG SET see them, under Redis's names and ours; never a secret.
 */
public interface ServerConfig {
  /** Name to value, in order of names. */
  Map<String, String> all();

  /**
   * Changes a setting of this node until it stops.
   *
   * @return null, or why not, in one line without an error code
   */
  String set(String name, String value);

  /** Whether a password is set and given wrongly; null password setting means none is needed. */
  boolean passwordRequired();

  boolean passwordMatches(byte[] candidate);

  long maxValueSizeBytes();

  int maxClients();
}
