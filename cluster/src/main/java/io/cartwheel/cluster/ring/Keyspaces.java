package io.cartwheel.cluster.ring;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** The keyspaces of a cluster; a key belongs to the one with the longest prefix. Immutable. */
public final class Keyspaces {
  private record Prefixed(byte[] prefix, Keyspace keyspace) {}

  private final List<Prefixed> longestFirst = new ArrayList<>();

  /**
   * @param keyspaces among them the default one, with an empty prefix; no prefix twice
   */
  public Keyspaces(List<Keyspace> keyspaces) {
    for (Keyspace keyspace : keyspaces) {
      longestFirst.add(new Prefixed(keyspace.prefix().getBytes(StandardCharsets.UTF_8), keyspace));
    }
    if (keyspaces.stream().map(Keyspace::prefix).distinct().count() != keyspaces.size()) {
      throw new IllegalArgumentException("two keyspaces of one prefix");
    }
    longestFirst.sort(Comparator.comparingInt((Prefixed p) -> p.prefix.length).reversed());
    if (longestFirst.stream().noneMatch(p -> p.prefix.length == 0)) {
      throw new IllegalArgumentException("no default keyspace");
    }
  }

  public Keyspace of(byte[] key) {
    for (Prefixed candidate : longestFirst) {
      if (startsWith(key, candidate.prefix)) {
        return candidate.keyspace;
      }
    }
    throw new AssertionError("the default keyspace has an empty prefix");
  }

  /** All, the longest prefix first. */
  public List<Keyspace> all() {
    return longestFirst.stream().map(Prefixed::keyspace).toList();
  }

  /** The greatest n: so many owners are written down for each partition. */
  public int greatestN() {
    return longestFirst.stream().mapToInt(p -> p.keyspace.n()).max().orElseThrow();
  }

  private static boolean startsWith(byte[] key, byte[] prefix) {
    if (key.length < prefix.length) {
      return false;
    }
    for (int i = 0; i < prefix.length; i++) {
      if (key[i] != prefix[i]) {
        return false;
      }
    }
    return true;
  }
}
