package io.cartwheel.storage;

/** How much a write may lose. */
public enum Durability {
  /**
   * Survives a killed process, not a crash of the system, until the next {@link
   * StorageEngine#sync}.
   */
  BUFFERED,
  /** Is on the disk when the call returns, and so is all that was written before. */
  SYNCED
}
