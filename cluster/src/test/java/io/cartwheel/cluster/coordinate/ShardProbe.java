package io.cartwheel.cluster.coordinate;

/** Looks into a shard's coordinator for what should be gone once all is quiet. */
public final class ShardProbe {
  private ShardProbe() {}

  /** What is under way, in words; null where nothing is. */
  public static String leftovers(CoordinatorShard shard) {
    int operations = shard.inFlight();
    int calls = shard.calls().size();
    int writes = shard.waitingWrites();
    if (operations == 0 && calls == 0 && writes == 0) {
      return null;
    }
    return operations + " operations, " + calls + " calls, " + writes + " writes that wait";
  }
}
