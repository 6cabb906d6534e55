package io.cartwheel.resp.fake;

import io.cartwheel.resp.command.ServerConfig;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Map;
import java.util.TreeMap;

/** Settings that a test changes as it goes. */
public final class FakeConfig implements ServerConfig {
  public volatile String password;
  public volatile long maxValueSizeBytes = 1 << 20;
  public volatile long protoMaxBulkLenBytes = 4 << 20;
  public volatile int maxClients = 100;
  public volatile boolean protectedMode = true;
  public volatile long idleTimeoutMillis;

  @Override
  public Map<String, String> all() {
    return new TreeMap<>(Map.of("maxclients", Integer.toString(maxClients)));
  }

  @Override
  public boolean knows(String name) {
    return all().containsKey(name);
  }

  @Override
  public String immutable(String name, String value) {
    return "nothing may be set";
  }

  @Override
  public Refusal set(Map<String, String> values) {
    throw new UnsupportedOperationException("settings are tried on a real node");
  }

  @Override
  public boolean passwordRequired() {
    return password != null;
  }

  @Override
  public boolean passwordMatches(byte[] candidate) {
    return password != null
        && MessageDigest.isEqual(password.getBytes(StandardCharsets.UTF_8), candidate);
  }

  @Override
  public long maxValueSizeBytes() {
    return maxValueSizeBytes;
  }

  @Override
  public long protoMaxBulkLenBytes() {
    return protoMaxBulkLenBytes;
  }

  @Override
  public int maxClients() {
    return maxClients;
  }

  @Override
  public boolean protectedMode() {
    return protectedMode;
  }

  @Override
  public long idleTimeoutMillis() {
    return idleTimeoutMillis;
  }
}
