package io.cartwheel.cluster.simulate;

import io.cartwheel.cluster.version.Row;
import java.util.List;

/** What the disks hold now, and who is to hold what. */
interface Disks {
  int nodes();

  /** As it is written, synced or not. */
  Row row(int node, String key);

  /** As a crash that loses everything that was not synced would leave it. */
  Row syncedRow(int node, String key);

  /** Those that are to hold the key, in their order. */
  List<Integer> ownersOf(String key);

  /** By the cluster's clock, which is the latest of the nodes'. */
  long nowMillis();
}
