package io.cartwheel.cluster.membership;

/** What a node remembers beside its rows; a few small values under short names. */
public interface Memory {
  /** The value, or null. */
  byte[] get(String name);

  /** Returns when the value is on the disk. */
  void put(String name, byte[] value);
}
